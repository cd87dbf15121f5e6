#include "report/error_sources.h"

#include <algorithm>
#include <cmath>

#include "analysis/paired_values.h"

namespace assay::report {

namespace {

bool has_values(const analysis::RunSamples& samples, const analysis::TrialGroup* group,
                const results::StageMetric& at) {
  return group != nullptr && group->complete &&
         std::ranges::binary_search(samples.columns(*group), at);
}

}  // namespace

std::vector<ErrorSource> error_sources(const Comparison& comparison,
                                       const analysis::RunSamples& samples) {
  const results::StageMetric at{analysis::kServed, comparison.metric.definition, comparison.cutoff};
  std::vector<ErrorSource> sources;
  for (const std::string& dataset : comparison.datasets) {
    const analysis::TrialGroup* baseline = samples.find(comparison.baseline, dataset, "all");
    if (!has_values(samples, baseline, at)) continue;
    for (const std::string& variant : comparison.variants) {
      const analysis::TrialGroup* group = samples.find(variant, dataset, "all");
      if (variant == comparison.baseline || !has_values(samples, group, at)) continue;
      if (group->request_sets != baseline->request_sets) continue;
      if (!group->draws() && !baseline->draws()) continue;
      const analysis::ColumnPair columns(samples.reader(), *baseline, *group, at);
      const stats::PairedSample pairs =
          pair_values(columns, analysis::GroupUsers(samples.reader(), *baseline)).sample();
      if (!pairs.seeds) continue;
      sources.push_back({variant, dataset, std::sqrt(pairs.moments().variance_of_mean()),
                         std::sqrt(pairs.seeds->variance_of_mean)});
    }
  }
  return sources;
}

}  // namespace assay::report
