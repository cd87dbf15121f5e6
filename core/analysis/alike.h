#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/run_samples.h"
#include "results/analysis_rows.h"
#include "task/experiment.h"

namespace assay::analysis {

/// Several groups that were given the same requests, averaged over those for which each of them has
/// a value: a metric of the list itself (distances, losses of scores) may have one for one group
/// and none for another, and means over unlike requests say nothing of each other.
struct AlikeMeans {
  int64_t requests = 0;            ///< of the slice
  int64_t common = 0;              ///< those for which every group has a value
  std::vector<int64_t> own;        ///< by group: those for which it has one
  std::vector<int64_t> one_sided;  ///< by group: those where it or the first one has none, not both
  std::vector<results::SummaryRow> means;  ///< by group, over the common ones

  /// Whether any group has a value where another one has none.
  bool unlike() const;
};

/// @param groups   complete, all with the column, and with the request sets of the first
/// @param at       a column of values a request
/// @param metrics  whose `slices` the run has
/// @param slice    `all`, or one of them
/// @return none where the slice holds no request
std::optional<AlikeMeans> average_alike(const RunSamples& samples,
                                        std::span<const TrialGroup* const> groups,
                                        const results::StageMetric& at,
                                        const task::MetricsSpec& metrics, const std::string& slice,
                                        double alpha);

}  // namespace assay::analysis
