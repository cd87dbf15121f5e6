#pragma once

/// How the ids of a feature file meet those of the log.
///
/// A catalogue may well hold more than was ever seen, and a few may lack a row: both are counted
/// and said. A file of which no id is in the log is another data set's, or names other ids.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/audit.h"

namespace assay::dataset {

struct FeatureCoverage {
  std::string of;       ///< user, item
  std::string file;     ///< its name
  int64_t ids = 0;      ///< of the log
  int64_t rows = 0;     ///< of the file
  int64_t without = 0;  ///< ids of the log that have no row
  int64_t unknown = 0;  ///< rows whose id is not in the log
  std::vector<std::string> first_without = {}, first_unknown = {};  ///< kFirstIds of each

  /// "items.csv: 5 of 60 items of the log have no row (i7, ...); 7 of its 62 rows are of items that
  /// the log does not have (x0, ...)".
  std::string text() const;
};

inline constexpr size_t kFirstIds = 3;

/// `"a", "b", "c", ...`: the first ids of `count`.
std::string first_ids(const std::vector<std::string>& first, int64_t count);

nlohmann::json to_json(const std::vector<FeatureCoverage>& files);
std::vector<FeatureCoverage> feature_coverage_of(const nlohmann::json& files);

/// The property `feature_rows` of the audit: found where an id of the log has no row in a file.
AuditFinding feature_rows(const std::vector<FeatureCoverage>& files);

}  // namespace assay::dataset
