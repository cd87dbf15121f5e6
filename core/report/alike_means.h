#pragma once

/// Means of a board over the requests for which every variant on it has a value.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/run_samples.h"

namespace assay::report {

struct Comparison;

/// A metric that has values for unlike requests of the variants of one data set.
struct UnlikeRequests {
  std::string dataset;
  std::string definition;
  int cutoff = 0;
  std::string metric;  ///< "intra_list_distance@10"
  int64_t requests = 0;
  int64_t common = 0;                                    ///< for which every variant has a value
  std::vector<std::pair<std::string, int64_t>> lacking;  ///< variant, requests without; not 0

  /// "means of group_auc@10 over the 3 of 4 requests for which every variant has a value (both has
  /// none for 1)".
  std::string text() const;
  bool is(std::string_view other, int at) const { return definition == other && cutoff == at; }
};

/// Puts such means in the place of those over each variant's own requests, for the comparison's
/// metric, and for those of the board's columns of which variants lack a value for different numbers
/// of requests; fills `unlike` and `one_sided`.
void average_alike(Comparison& comparison, const analysis::RunSamples& samples);

}  // namespace assay::report
