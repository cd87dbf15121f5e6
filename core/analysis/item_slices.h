#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "results/reader.h"
#include "results/trial_rows.h"

namespace assay::analysis {

/// How a metric of accuracy follows from the ranks of the hits: the sum of a weight over them,
/// divided by a norm (docs/metrics.md has the formulas).
struct HitRule {
  enum class Norm { one, relevant, relevant_or_cutoff, cutoff, hits };

  const char* metric;                         ///< as parse_metric takes it
  double (*weight)(double rank, double nth);  ///< of the nth hit, both from 1
  Norm norm;
  bool of_ideal = false;  ///< the norm is the sum of weights over that many ranks
};

/// The rule of a definition; nullptr where slices of items do not have it. There are recall,
/// precision, hit_rate and mrr, ndcg and map, each with all its choices.
const HitRule* find_hit_rule(const std::string& definition);

/// Values of one trial with what counts as relevant restricted to some items: float32 a request,
/// NaN where no relevant item is left.
/// @param slates    all of the trial's requests
/// @param truth     likewise
/// @param in_slice  [N], 1 for items of the slice
std::vector<float> sliced_values(const results::Slates& slates, const results::ItemLists& truth,
                                 std::span<const char> in_slice, const HitRule& rule, int cutoff);

}  // namespace assay::analysis
