#pragma once

/// Ranked lists made by another tool, cut to the requests of a window.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "dataset/columns.h"
#include "dataset/dense_ids.h"
#include "dataset/imported.h"
#include "dataset/requests.h"

namespace assay {

/// Lists of R requests, best first.
struct RankedLists {
  Rows item;
  std::vector<float> score;  ///< beside item.values
  int64_t without_list = 0;  ///< requests that the tool made none for
  int64_t unknown = 0;       ///< entries dropped: item not in the data set
  int64_t repeated = 0;      ///< entries dropped: item already in the list
  int64_t excluded = 0;      ///< entries dropped: the request excludes the item

  /// {"requests", "entries", "without_list", "unknown", "repeated", "excluded"}
  nlohmann::json counts() const;
};

/// Outside ids to dense ids of a prepared data set.
struct IdMap {
  explicit IdMap(const TextView& ids);
  Interner interner;  ///< adding ids in dense order makes their numbers the dense ids
};

/// Lists for every request of `set`; query id = outside user id.
RankedLists cut_lists(const ImportedData& lists, const RequestSet& set, const TextView& user_ids,
                      const IdMap& items);

/// How many queries of the lists name no user.
int64_t unknown_queries(const ImportedData& lists, const IdMap& users);

}  // namespace assay
