#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "analysis/quality.h"
#include "analysis/summaries.h"

namespace assay::analysis {

// The slices of `metrics.slices`. Slices of users and of time are parts of the requests: their
// values are those that the trial kept. Slices of items restrict what counts as relevant to the
// slice's items; the lists stay as they were served, so a request counts where it has a relevant
// item of the slice. They are there for the metrics of accuracy that analysis/item_slices.h computes.

/// The lines of every complete group, wanted column of the served lists and slice; fold `all` only.
std::vector<results::SummaryRow> summarise_slices(const RunSamples& samples,
                                                  const task::MetricsSpec& metrics, double alpha);

/// A variant against the baseline in every slice, paired t; fold `all` only, else none. Where the
/// two were given different requests there is no row.
std::vector<results::ComparisonRow> compare_slices(const Comparing& comparing,
                                                   const GroupPair& pair);

/// Of something that each request of a range has, what belongs to the requests of the slice.
using RequestsOfSlice = std::function<std::vector<int32_t>(const std::vector<int32_t>&)>;
/// @param by_group  values of the slice's requests in the range, by group
using TakeSlice = std::function<void(const RequestRange& range, std::vector<SeedValues> by_group,
                                     const RequestsOfSlice& part)>;

/// Values of a column of several groups with the same request sets, a range at a time: of all
/// requests (slice `all`) or of one slice. Takes nothing where the column has no values in it.
void read_slice(const RunSamples& samples, std::span<const TrialGroup* const> groups,
                const results::StageMetric& at, const task::MetricsSpec& metrics,
                const std::string& slice, const TakeSlice& take);

}  // namespace assay::analysis
