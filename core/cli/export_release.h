#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dataset/pseudonyms.h"
#include "report/run_name.h"

namespace assay::cli {

/// What of the requests of a set leaves in an export, and what it is called there. A place is a row
/// of the export.
struct ReleasedSet {
  std::vector<int64_t> rows;          ///< of the set, by place
  std::vector<std::string> users;     ///< by place; empty: anonymous
  std::vector<int64_t> times;         ///< by place, in seconds; -1: not known, or not said
  std::vector<int64_t> items;         ///< number in the export of each item of the data
  std::vector<std::string> item_ids;  ///< by number in the export
  /// Of anonymised exports: the label of each cut of the users, by place.
  std::map<std::string, std::vector<std::string>> labels;
};

/// What leaves of a run: everything, by its outside ids, or what k-anonymity lets through.
///
/// Anonymised, users and items have new names, made with a key that is drawn for this export and kept
/// nowhere; requests and items stand in the order of those names, since the order of a run is that of
/// the outside ids; times, the configuration, the command line and the reasons of failures, which may
/// quote ids, stay behind; requests as anonymise() says, and rows of tables that are about fewer than k
/// requests.
class Release {
 public:
  /// @param k  of an anonymised release; none: everything
  explicit Release(const report::OpenRun& run, std::optional<int64_t> k = std::nullopt);

  const report::OpenRun& run() const { return run_; }
  bool anonymised() const { return k_.has_value(); }
  const ReleasedSet& of(const std::string& request_set);
  /// The rows of a stable view that are about the run.
  results::QueryAnswer view(const char* view);
  /// What of a table leaves.
  results::QueryAnswer table(results::QueryAnswer answer);
  /// What was left out so far, for a person; empty of a release of everything.
  std::string account() const;

 private:
  ReleasedSet all_of(const std::string& request_set) const;
  ReleasedSet anonymous_of(const std::string& request_set);
  std::vector<std::string> cuts() const;

  const report::OpenRun& run_;
  std::optional<int64_t> k_;
  std::optional<dataset::Pseudonyms> names_;
  std::map<std::string, ReleasedSet> sets_;
  int64_t requests_ = 0, generalised_ = 0, left_out_ = 0, small_rows_ = 0;
};

/// The relevant items of the request at a place, by their numbers in the export, ascending.
std::vector<int64_t> released_truth(const results::ItemLists& truth, const ReleasedSet& set,
                                    size_t place);

}  // namespace assay::cli
