#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/run_samples.h"
#include "report/comparison.h"

namespace assay::report {

/// The variants that have a value of the comparison's metric on a data set, best first; equal ones
/// in the order of the file.
std::vector<std::string> ranked_variants(const Comparison& comparison, const std::string& dataset);

/// Letters of a leaderboard (stats::compact_letters): every pair of variants is tested on the
/// comparison's metric by the paired t test, seeds' variance included, and all pairs are corrected
/// together by Holm. The t test, not the bootstrap, because a bootstrap's smallest p would not
/// survive the correction for many pairs.
/// @return by variant; empty where fewer than two, or more than kMostLetters, have values a
/// request,
///         and where a pair has fewer requests than a verdict needs
std::map<std::string, std::string> letters_of(const Comparison& comparison,
                                              const analysis::RunSamples& samples,
                                              const std::string& dataset);

}  // namespace assay::report
