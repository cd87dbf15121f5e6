#pragma once

#include <string>
#include <vector>

#include "report/comparison.h"
#include "report/sentences.h"

namespace assay::report {

/// A slice with fewer requests than this is not called the worst: its difference is mostly noise.
inline constexpr int64_t kRequestsOfASlice = 30;

/// Where each variant does worst against the baseline on the metric shown: of each variant and data
/// set the slice whose difference is least good. Empty where the run has no slices.
std::vector<const results::ComparisonRow*> worst_slices(const Comparison& comparison);

/// The same in words, one sentence a variant, worst variant first, at most `most`:
/// "Worst slice of ease: users: cold, -0.012 [-0.020, -0.004], n = 188 (exploratory)."
std::vector<std::string> worst_slice_sentences(const Comparison& comparison,
                                               size_t most = kMostSentences);

/// That of one variant; empty where it has none.
std::string worst_slice_sentence(const Comparison& comparison, const std::string& variant);

}  // namespace assay::report
