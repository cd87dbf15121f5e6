#pragma once

/// Ranked lists made by another tool, cut to the requests of a window.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/audit.h"
#include "dataset/columns.h"
#include "dataset/dense_ids.h"
#include "dataset/imported.h"
#include "dataset/prepared.h"
#include "dataset/requests.h"

namespace assay::dataset {

/// Lists of R requests, best first.
struct RankedLists {
  RaggedColumns item;
  LargeVector<float, kRequestsInMemory> score;  ///< beside item.values
  int64_t without_list = 0;                     ///< requests that the tool made none for
  int64_t unknown = 0;                          ///< entries dropped: item not in the data set
  int64_t repeated = 0;                         ///< entries dropped: item already in the list
  int64_t excluded = 0;                         ///< entries dropped: the request excludes the item

  /// {"requests", "entries", "without_list", "unknown", "repeated", "excluded"}
  nlohmann::json counts() const;
};

/// Outside ids to dense ids of a prepared data set.
struct IdMap {
  explicit IdMap(const TextView& ids);
  Interner interner;  ///< adding ids in dense order makes their numbers the dense ids
};

/// Lists for every request of `set`; query id = outside user id.
RankedLists cut_lists(const ImportedData& lists, const RequestSetView& set,
                      const TextView& user_ids, const IdMap& items);

/// Queries of the lists that name no user.
struct UnknownQueries {
  int64_t queries = 0;             ///< of all lists
  int64_t unknown = 0;             ///< of these
  int64_t entries = 0;             ///< of the unknown ones
  std::vector<std::string> first;  ///< kFirstIds of the unknown ones
};
UnknownQueries unknown_queries(const ImportedData& lists, const IdMap& users);

/// Throws UserError where none of the queries is a user of `log`, or none of the items one of its
/// items: the lists name other ids.
/// @param name  of the lists, for the message
void check_lists(const ImportedData& lists, const ImportedData& log, const std::string& name,
                 const std::string& where);

/// What of the lists is not served, for a person; "" where all is as it should be.
/// @param info  of the lists, as CutListsRef::info
std::string missing_lists_text(const std::string& name, const nlohmann::json& info);

/// The property `ranked_lists` of the audit: found where a test request has no list, a list no
/// user, or the import noted something of the file.
/// @param lists_info  by their name, as PreparedRef::info has them under "lists"
AuditFinding ranked_lists(const nlohmann::json& lists_info);

}  // namespace assay::dataset
