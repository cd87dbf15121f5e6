#include "stats/list_agreement.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace assay::stats {
namespace {

bool holds(RankedList list, int32_t id) { return std::ranges::count(list, id) > 0; }

// shared[d] = ids that the first d of both hold, for d = 0 .. the length of the longer one.
std::vector<double> shared_by_depth(RankedList shorter, RankedList longer) {
  std::vector<double> shared = {0};
  for (size_t d = 1; d <= longer.size(); ++d) {
    const auto own = shorter.first(std::min(d, shorter.size())), other = longer.first(d);
    double now = shared.back() + (holds(own, other.back()) ? 1 : 0);
    const bool grown = d <= shorter.size();
    if (grown && own.back() != other.back() && holds(other, own.back())) ++now;
    shared.push_back(now);
  }
  return shared;
}

// For each id of `a` its rank in `b`, from 0, or -1.
std::vector<ptrdiff_t> ranks_in(RankedList b, RankedList a) {
  std::vector<ptrdiff_t> ranks;
  for (const int32_t id : a) {
    const auto place = std::ranges::find(b, id);
    ranks.push_back(place == b.end() ? -1 : place - b.begin());
  }
  return ranks;
}

struct Pairs {
  double straight = 0, turned = 0;  ///< of ids that both hold
  double against = 0;               ///< the other list holds only the one that stands behind here
  double unknown = 0;               ///< the other list holds neither
};

// Pairs of ids of the list whose ids have these ranks in the other.
Pairs pairs_of(const std::vector<ptrdiff_t>& ranks) {
  Pairs pairs;
  for (size_t i = 0; i < ranks.size(); ++i) {
    for (size_t j = i + 1; j < ranks.size(); ++j) {
      const bool first = ranks[i] >= 0, second = ranks[j] >= 0;
      if (first && second)
        ++(ranks[i] < ranks[j] ? pairs.straight : pairs.turned);
      else if (!first)
        ++(second ? pairs.against : pairs.unknown);
    }
  }
  return pairs;
}

double pairs_among(double n) { return n * (n - 1) / 2; }

}  // namespace

std::optional<double> overlap(RankedList a, RankedList b) {
  const auto longer = static_cast<double>(std::max(a.size(), b.size()));
  if (longer == 0) return std::nullopt;
  const auto both = std::ranges::count_if(a, [&](int32_t id) { return holds(b, id); });
  return static_cast<double>(both) / longer;
}

std::optional<double> rank_biased_overlap(RankedList a, RankedList b, double p) {
  if (a.empty() || b.empty()) return std::nullopt;
  const RankedList shorter = a.size() < b.size() ? a : b, longer = a.size() < b.size() ? b : a;
  const std::vector<double> shared = shared_by_depth(shorter, longer);
  const auto s = static_cast<double>(shorter.size()), l = static_cast<double>(longer.size());
  const double of_shorter = shared[shorter.size()];
  double sum = 0, weight = 1;
  for (size_t depth = 1; depth <= longer.size(); ++depth) {
    const auto d = static_cast<double>(depth);
    weight *= p;
    sum += shared[depth] / d * weight;
    if (depth > shorter.size()) sum += of_shorter * (d - s) / (s * d) * weight;
  }
  return (1 - p) / p * sum + ((shared.back() - of_shorter) / l + of_shorter / s) * weight;
}

std::optional<double> kendall_tau(RankedList a, RankedList b) {
  const Pairs pairs = pairs_of(ranks_in(b, a));
  const double all = pairs.straight + pairs.turned;
  if (all == 0) return std::nullopt;
  return (pairs.straight - pairs.turned) / all;
}

std::optional<double> kendall_distance(RankedList a, RankedList b, double penalty) {
  if (a.empty() || b.empty()) return std::nullopt;
  const std::vector<ptrdiff_t> in_b = ranks_in(b, a), in_a = ranks_in(a, b);
  const Pairs of_a = pairs_of(in_b), of_b = pairs_of(in_a);
  const auto lacks = [](ptrdiff_t rank) { return rank < 0; };
  const auto only_a = static_cast<double>(std::ranges::count_if(in_b, lacks)),
             only_b = static_cast<double>(std::ranges::count_if(in_a, lacks));
  const double distance = of_a.turned + of_a.against + of_b.against + only_a * only_b +
                          penalty * (of_a.unknown + of_b.unknown);
  const auto sizes = std::pair(static_cast<double>(a.size()), static_cast<double>(b.size()));
  return distance / (sizes.first * sizes.second +
                     penalty * (pairs_among(sizes.first) + pairs_among(sizes.second)));
}

}  // namespace assay::stats
