#pragma once

#include <span>

#include "stats/estimate.h"

namespace assay::stats {

/// Two scores of the same labelled cases: the areas under their ROC curves and the test of their
/// difference.
struct AucComparison {
  Estimate a, b;          ///< each with its normal interval, cut to [0, 1]
  Difference difference;  ///< AUC B - AUC A, paired, normal
};

/// The AUC, P(score of a positive > score of a negative) with ties counting half, and its variance
/// (DeLong, DeLong & Clarke-Pearson 1988), by mid-ranks in n log n (Sun & Xu 2014).
/// @param scores  finite; @param positive  0 or 1, as many. Fewer than two positives or two
///                negatives give no interval, none of a kind no value, with the reason
Estimate auc(std::span<const double> scores, std::span<const char> positive, double alpha = 0.05);

/// DeLong's test of two correlated AUCs. Scores with the same AUC and no variance of the difference
/// (equal orders) give the reason and no p.
AucComparison compare_auc(std::span<const double> scores_a, std::span<const double> scores_b,
                          std::span<const char> positive, double alpha = 0.05);

}  // namespace assay::stats
