#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ope/slates.h"

namespace assay::ope {

/// A slate estimate as a sum of ratios over slates: sum over g of sum of numerators[g] / sum of
/// denominators[g]. A mean is the ratio to ones.
struct SlateTerms {
  std::vector<std::vector<double>> numerators, denominators;  ///< [g][S]
  std::vector<double> weights;                                ///< [S]; on average 1
};

/// Why the estimator cannot be computed from these columns.
template <typename Number>
std::optional<std::string> missing_slate_columns(SlateEstimator estimator,
                                                 const SlateColumns<Number>& slates);

/// @param slates  with the columns of the estimator
template <typename Number>
SlateTerms slate_terms(SlateEstimator estimator, const SlateColumns<Number>& slates);

/// The sum of the rewards of each slate.
template <typename Number>
std::vector<double> slate_rewards(const SlateColumns<Number>& slates);

}  // namespace assay::ope
