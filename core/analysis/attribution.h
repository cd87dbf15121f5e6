#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/analyse.h"
#include "results/attribution_table.h"

namespace assay::analysis {

/// Divides the difference of two pipelines among the parts in which they differ: Shapley values of
/// the mixed pipelines of an attribution (stats/shapley.h), on each of its data sets.
///
/// - Metrics of the served lists, primary first: the Shapley values of every request, averaged over
///   seeds and gathered by user, resampled as a paired difference is. They are linear in the values,
///   so that the means of the parts add up to the mean difference. A request counts where every
///   pipeline has a value.
/// - The 99th percentile of the times of one request after the other, as one pass measured all
///   pipelines: without intervals, and not divided where the whole difference is within the noise
///   floor (noise_floor.h).
///
/// Rows without a value have a reason: a pipeline whose trials are not all done, times that do not
/// tell the two apart, `without_times`.
/// @param settings       `metrics.served` are divided, `metrics.primary` first
/// @param without_times  why nothing was timed; empty: something was
std::vector<results::AttributionValueRow> attribution_rows(const results::Reader& reader,
                                                           const results::AttributionRow& of,
                                                           const AnalysisSettings& settings,
                                                           const std::string& without_times);

/// Writes these rows, and what its pipelines have by themselves: means and times. There is no
/// comparison among them and so no test: mixed pipelines were not what anybody asked to compare.
void analyse_attribution(results::Database& database, const results::AttributionRow& of,
                         const AnalysisSettings& settings, const std::string& without_times);

}  // namespace assay::analysis
