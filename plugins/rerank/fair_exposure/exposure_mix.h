#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay::fair_exposure {

/// What the exposure of the two groups is equal in (Singh & Joachims 2018, sections 4.1 to 4.3).
enum class Fairness {
  parity,     ///< mean exposure
  treatment,  ///< mean exposure in proportion to mean relevance
  impact,     ///< mean exposure times relevance in proportion to mean relevance
};

/// Two orders of the candidates, served at random so that groups are exposed fairly on average.
struct Mix {
  std::vector<int64_t> first, second;  ///< slates: places of candidates, best first
  double weight = 1;                   ///< the probability of `first`
};

/// The fair mix of rankings with the largest expected gain, sum of relevance times exposure.
///
/// Place j is seen with exposure 1 / log2(1 + j), j = 1 .. n, and 0 behind. With two groups the linear
/// program of the paper has one constraint, f' P v = 0. For its multiplier mu the best ranking sorts
/// by relevance + mu f (rearrangement inequality), and f' P v rises with mu: bisection finds the two
/// neighbouring slates on both sides of 0, and the mix of them that is fair solves the program. No
/// matrix is solved for or decomposed.
///
/// A group of which there is nobody, or (treatment, impact) without any relevance, leaves the order
/// as it is. Where no ranking is fair, the nearest one is served.
/// @param relevance     of each candidate, at least 0, falling
/// @param is_protected  of each candidate
/// @param n             places of the slate
Mix fair_mix(std::span<const double> relevance, std::span<const uint8_t> is_protected, int64_t n,
             Fairness fairness);

/// f of the constraint f' P v = 0; zeros where there is none.
std::vector<double> constraint(std::span<const double> relevance,
                               std::span<const uint8_t> is_protected, Fairness fairness);

/// f' P v of one ranking.
double unfairness(std::span<const double> constraint, std::span<const int64_t> order, int64_t n);

}  // namespace assay::fair_exposure
