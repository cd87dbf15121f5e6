#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

namespace assay::rules {

/// Metrics of hits and the number of relevant items, as rows of a table.
///
/// Each is a sum of weights over the hits of a list, divided by a norm. With r the rank of a hit, j
/// its number among the hits (both from 1), h the hits within the cutoff k, R the relevant items:
///
///     recall 1 / R or min(R,k) · precision 1 / k · mrr [j = 1] / r · hit_rate [j = 1]
///     ndcg 1/discount(r) / the same sum over the best list · map (j / r) / min(R,k), R, k or h
///     f1 2 / (R + k) · rbp (1 - p) p^(r-1)
///
/// A request without a relevant item has no value.

enum class HitWeight {
  one,
  log_discount,        ///< 1 / log2(r + 1)  (Järvelin & Kekäläinen 2002, as it is used today)
  plain_log_discount,  ///< 1 / max(1, log2(r))  (the paper's own, base 2)
  hits_over_rank,      ///< j / r
  first_over_rank,     ///< 1 / r of the first hit, 0 of others
  first,               ///< 1 of the first hit, 0 of others
  two,
  patience,  ///< (1 - p) p^(r-1), p the chance to go on to the next rank (Moffat & Zobel 2008)
};

/// What the sum is divided by. Where the weight is a discount: by the sum of the weights of that
/// many first ranks.
enum class HitNorm { one, relevant, relevant_or_cutoff, cutoff, hits, relevant_plus_cutoff };

struct HitRule {
  std::string_view definition;  ///< id of a definition of the metric catalogue
  HitWeight weight;
  HitNorm norm;
  double persistence = 0;  ///< p of patience
};

/// Every definition of the catalogue that hits and the number of relevant items are enough for; the
/// default of each metric first.
inline constexpr HitRule kHitRules[] = {
    {"recall{den=R}", HitWeight::one, HitNorm::relevant},
    {"recall{den=min(R,k)}", HitWeight::one, HitNorm::relevant_or_cutoff},
    {"precision{den=k}", HitWeight::one, HitNorm::cutoff},
    {"ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}", HitWeight::log_discount,
     HitNorm::relevant_or_cutoff},
    {"ndcg{gain=binary,discount=log2(r+1),ideal=R}", HitWeight::log_discount, HitNorm::relevant},
    {"ndcg{gain=binary,discount=log2(r+1),ideal=k}", HitWeight::log_discount, HitNorm::cutoff},
    {"ndcg{gain=binary,discount=max(1,log2(r)),ideal=min(R,k)}", HitWeight::plain_log_discount,
     HitNorm::relevant_or_cutoff},
    {"ndcg{gain=binary,discount=max(1,log2(r)),ideal=R}", HitWeight::plain_log_discount,
     HitNorm::relevant},
    {"ndcg{gain=binary,discount=max(1,log2(r)),ideal=k}", HitWeight::plain_log_discount,
     HitNorm::cutoff},
    {"map{norm=min(R,k)}", HitWeight::hits_over_rank, HitNorm::relevant_or_cutoff},
    {"map{norm=R}", HitWeight::hits_over_rank, HitNorm::relevant},
    {"map{norm=k}", HitWeight::hits_over_rank, HitNorm::cutoff},
    {"map{norm=hits}", HitWeight::hits_over_rank, HitNorm::hits},
    {"mrr", HitWeight::first_over_rank, HitNorm::one},
    {"hit_rate", HitWeight::first, HitNorm::one},
    {"success", HitWeight::first, HitNorm::one},
    {"f1", HitWeight::two, HitNorm::relevant_plus_cutoff},
    {"rbp{p=0.8}", HitWeight::patience, HitNorm::one, 0.8},
    {"rbp{p=0.5}", HitWeight::patience, HitNorm::one, 0.5},
    {"rbp{p=0.85}", HitWeight::patience, HitNorm::one, 0.85},
    {"rbp{p=0.9}", HitWeight::patience, HitNorm::one, 0.9},
    {"rbp{p=0.95}", HitWeight::patience, HitNorm::one, 0.95},
};

/// The rule of a definition, or nullptr.
constexpr const HitRule* find_hit_rule(std::string_view definition) {
  const auto found = std::ranges::find(kHitRules, definition, &HitRule::definition);
  return found == std::end(kHitRules) ? nullptr : &*found;
}

/// The default definition's rule of a metric ("ndcg"), or nullptr.
constexpr const HitRule* default_hit_rule(std::string_view metric) {
  const auto found = std::ranges::find(kHitRules, metric, [](const HitRule& rule) {
    return rule.definition.substr(0, rule.definition.find('{'));
  });
  return found == std::end(kHitRules) ? nullptr : &*found;
}

/// Whether the norm is a sum of weights over that many ranks.
constexpr bool is_discount(HitWeight weight) {
  return weight == HitWeight::log_discount || weight == HitWeight::plain_log_discount;
}

/// Whether a hit weighs the same at a rank whatever its number among the hits, and not the same at
/// every rank.
constexpr bool changes_with_rank_alone(HitWeight weight) {
  return is_discount(weight) || weight == HitWeight::patience;
}

/// Whether every hit weighs the same under both.
constexpr bool weigh_alike(const HitRule& a, const HitRule& b) {
  return a.weight == b.weight && a.persistence == b.persistence;
}

/// What a gain at a rank (from 1) is divided by.
inline double discount_at(HitWeight discount, double rank) {
  return discount == HitWeight::plain_log_discount ? std::max(1.0, std::log2(rank))
                                                   : std::log2(rank + 1);
}

/// What the `nth` hit weighs at `rank`, both from 1.
inline double weight_at(const HitRule& rule, double rank, double nth) {
  switch (rule.weight) {
    case HitWeight::one:
      return 1;
    case HitWeight::log_discount:
    case HitWeight::plain_log_discount:
      return 1 / discount_at(rule.weight, rank);
    case HitWeight::hits_over_rank:
      return nth / rank;
    case HitWeight::first_over_rank:
      return nth == 1 ? 1 / rank : 0;
    case HitWeight::first:
      return nth == 1 ? 1 : 0;
    case HitWeight::two:
      return 2;
    case HitWeight::patience:
      return (1 - rule.persistence) * std::pow(rule.persistence, rank - 1);
  }
  return 0;
}

/// The number that a norm stands for, at least 1.
/// @param relevant  at least 1
/// @param hits      within the cutoff
constexpr int64_t norm_count(HitNorm norm, int64_t relevant, int64_t cutoff, int64_t hits) {
  switch (norm) {
    case HitNorm::one:
      return 1;
    case HitNorm::relevant:
      return relevant;
    case HitNorm::relevant_or_cutoff:
      return std::min(relevant, cutoff);
    case HitNorm::cutoff:
      return cutoff;
    case HitNorm::hits:
      return std::max<int64_t>(1, hits);
    case HitNorm::relevant_plus_cutoff:
      return relevant + cutoff;
  }
  return 1;
}

/// What a best list weighs whose first `count` ranks are hits: the norm of a discount.
inline double weight_of_best(const HitRule& rule, int64_t count) {
  double sum = 0;
  for (int64_t r = 1; r <= count; ++r) {
    sum += weight_at(rule, static_cast<double>(r), static_cast<double>(r));
  }
  return sum;
}

/// The value of one list.
/// @param hits      0 or 1 a rank; at most `cutoff` ranks
/// @param relevant  at least 1
inline double value_of(const HitRule& rule, std::span<const char> hits, int64_t relevant,
                       int64_t cutoff) {
  double sum = 0;
  int64_t found = 0;
  for (size_t r = 0; r < hits.size(); ++r) {
    if (hits[r] == 0) continue;
    sum += weight_at(rule, static_cast<double>(r + 1), static_cast<double>(++found));
  }
  const int64_t count = norm_count(rule.norm, relevant, cutoff, found);
  return sum /
         (is_discount(rule.weight) ? weight_of_best(rule, count) : static_cast<double>(count));
}

}  // namespace assay::rules
