#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ope/slates.h"

namespace assay::cli {

/// Where a log lies, and which of its columns holds what (ope/logged.h). An empty name: there is none.
struct OpeLog {
  std::string path;  ///< .parquet, .csv or .tsv; a row a logged action
  std::string reward, propensity, policy, q, value, mrdr_q, mrdr_value;
  std::string marginal_weight, balanced_weight, outside_support;
  std::string cluster;
  std::string slate;  ///< rows of a slate stand together, in its places' order
  std::string item_propensity, item_policy;  ///< marginals, of slates
};

/// Reads the rounds of the log from its begin, some at a time: a source of core/ope. Throws UserError
/// with the row where a value is no number, and where a column is not there.
void read_rounds(const OpeLog& log, const std::function<void(const ope::ExactRounds&)>& take);

/// A log of slates, held in memory.
class OpeSlates {
 public:
  /// Errors as read_rounds; a slate that stands in two places.
  explicit OpeSlates(const OpeLog& log);
  ope::ExactSlates slates() const;

 private:
  std::vector<int64_t> offsets_;
  std::vector<double> reward_, propensity_, policy_, item_propensity_, item_policy_, q_, value_;
  std::vector<int32_t> cluster_;
};

}  // namespace assay::cli
