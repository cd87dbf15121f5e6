#include "analysis/item_slices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "error/error.h"
#include "metric_catalog/metric_definition.h"

namespace assay::analysis {

namespace {

double one(double, double) { return 1.0; }
double first(double, double nth) { return nth == 1.0 ? 1.0 : 0.0; }
double first_over_rank(double rank, double nth) { return nth == 1.0 ? 1.0 / rank : 0.0; }
double hits_over_rank(double rank, double nth) { return nth / rank; }
double log_discount(double rank, double) { return 1.0 / std::log2(rank + 1.0); }
double plain_log_discount(double rank, double) { return 1.0 / std::max(1.0, std::log2(rank)); }

using Norm = HitRule::Norm;

constexpr HitRule kRules[] = {
    {"recall", one, Norm::relevant},
    {"recall{den=min(R,k)}", one, Norm::relevant_or_cutoff},
    {"precision", one, Norm::cutoff},
    {"hit_rate", first, Norm::one},
    {"mrr", first_over_rank, Norm::one},
    {"map{norm=min(R,k)}", hits_over_rank, Norm::relevant_or_cutoff},
    {"map{norm=R}", hits_over_rank, Norm::relevant},
    {"map{norm=k}", hits_over_rank, Norm::cutoff},
    {"map{norm=hits}", hits_over_rank, Norm::hits},
    {"ndcg{ideal=min(R,k)}", log_discount, Norm::relevant_or_cutoff, true},
    {"ndcg{ideal=R}", log_discount, Norm::relevant, true},
    {"ndcg{ideal=k}", log_discount, Norm::cutoff, true},
    {"ndcg{discount=max(1,log2(r)),ideal=min(R,k)}", plain_log_discount, Norm::relevant_or_cutoff,
     true},
    {"ndcg{discount=max(1,log2(r)),ideal=R}", plain_log_discount, Norm::relevant, true},
    {"ndcg{discount=max(1,log2(r)),ideal=k}", plain_log_discount, Norm::cutoff, true},
};

/// @param relevant  at least 1
int64_t count_of(Norm norm, int64_t relevant, int64_t cutoff, int64_t hits) {
  switch (norm) {
    case Norm::one:
      return 1;
    case Norm::relevant:
      return relevant;
    case Norm::relevant_or_cutoff:
      return std::min(relevant, cutoff);
    case Norm::cutoff:
      return cutoff;
    case Norm::hits:
      return std::max<int64_t>(1, hits);
  }
  return 1;
}

double value_of(const HitRule& rule, std::span<const char> hits, int64_t relevant) {
  double sum = 0.0;
  int64_t found = 0;
  for (size_t r = 0; r < hits.size(); ++r) {
    if (hits[r] == 0) continue;
    sum += rule.weight(static_cast<double>(r + 1), static_cast<double>(++found));
  }
  const int64_t count = count_of(rule.norm, relevant, std::ssize(hits), found);
  if (!rule.of_ideal) return sum / static_cast<double>(count);
  double ideal = 0.0;
  for (int64_t r = 1; r <= count; ++r) {
    ideal += rule.weight(static_cast<double>(r), static_cast<double>(r));
  }
  return sum / ideal;
}

}  // namespace

const HitRule* find_hit_rule(const std::string& definition) {
  static const auto rules = [] {
    std::map<std::string, const HitRule*> by_definition;
    for (const HitRule& rule : kRules)
      by_definition[metric_catalog::parse_metric(rule.metric).id] = &rule;
    return by_definition;
  }();
  const auto found = rules.find(definition);
  return found == rules.end() ? nullptr : found->second;
}

std::vector<float> sliced_values(const results::Slates& slates, const results::ItemLists& truth,
                                 std::span<const char> in_slice, const HitRule& rule, int cutoff) {
  error::require(std::ssize(truth.offsets) == slates.requests + 1, "every request has a truth");
  error::require(cutoff > 0 && cutoff <= slates.size, "a cutoff lies within the slate");
  std::vector<float> values(static_cast<size_t>(slates.requests),
                            std::numeric_limits<float>::quiet_NaN());
  std::vector<char> relevant(in_slice.size(), 0);
  std::vector<char> hits(static_cast<size_t>(cutoff));
  for (size_t r = 0; r < values.size(); ++r) {
    const auto begin = static_cast<size_t>(truth.offsets[r]);
    const auto items =
        std::span(truth.items).subspan(begin, static_cast<size_t>(truth.offsets[r + 1]) - begin);
    int64_t count = 0;
    for (const int32_t item : items) {
      relevant[static_cast<size_t>(item)] = in_slice[static_cast<size_t>(item)];
      count += in_slice[static_cast<size_t>(item)];
    }
    for (size_t rank = 0; rank < hits.size(); ++rank) {
      const int32_t item = slates.items[r * static_cast<size_t>(slates.size) + rank];
      hits[rank] = item >= 0 ? relevant[static_cast<size_t>(item)] : char{0};
    }
    if (count > 0) values[r] = static_cast<float>(value_of(rule, hits, count));
    for (const int32_t item : items) relevant[static_cast<size_t>(item)] = 0;
  }
  return values;
}

}  // namespace assay::analysis
