#include "ope/slate_terms.h"

#include <algorithm>
#include <array>

#include "error/error.h"

namespace assay::ope {

namespace {

struct Known {
  SlateEstimator estimator;
  std::string_view name;
};

constexpr std::array kKnown = {
    Known{SlateEstimator::standalone_ips, "standalone_ips"},
    Known{SlateEstimator::independent_ips, "independent_ips"},
    Known{SlateEstimator::reward_interaction_ips, "reward_interaction_ips"},
    Known{SlateEstimator::standalone_snips, "standalone_snips"},
    Known{SlateEstimator::independent_snips, "independent_snips"},
    Known{SlateEstimator::reward_interaction_snips, "reward_interaction_snips"},
    Known{SlateEstimator::cascade_dr, "cascade_dr"},
    Known{SlateEstimator::pseudo_inverse, "pseudo_inverse"},
};

/// The ratios of one slate.
struct SlateRatios {
  std::vector<double> prefix;  ///< W_k
  std::vector<double> item;    ///< m_k
};

template <typename Number>
std::vector<double> ratios(std::span<const Number> above, std::span<const Number> below,
                           int64_t first, int64_t end) {
  std::vector<double> result;
  if (above.empty() || below.empty()) return result;
  for (int64_t row = first; row < end; ++row) {
    result.push_back(static_cast<double>(above[row]) / static_cast<double>(below[row]));
  }
  return result;
}

/// Goes through the slates one by one.
template <typename Number, typename Body>
void each_slate(const SlateColumns<Number>& slates, Body body) {
  for (int64_t s = 0; s < slates.slates(); ++s) {
    const int64_t first = slates.offsets[s], end = slates.offsets[s + 1];
    SlateRatios slate{ratios(slates.policy, slates.propensity, first, end),
                      ratios(slates.item_policy, slates.item_propensity, first, end)};
    for (size_t k = 1; k < slate.prefix.size(); ++k) slate.prefix[k] *= slate.prefix[k - 1];
    body(s, first, static_cast<size_t>(end - first), slate);
  }
}

template <typename Number>
size_t longest(const SlateColumns<Number>& slates) {
  int64_t most = 0;
  for (int64_t s = 0; s < slates.slates(); ++s) {
    most = std::max(most, slates.offsets[s + 1] - slates.offsets[s]);
  }
  return static_cast<size_t>(most);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double x : values) sum += x;
  return sum / static_cast<double>(values.size());
}

/// One mean over slates: `one` gives a slate's part and its weight.
template <typename Number, typename One>
SlateTerms mean_terms(const SlateColumns<Number>& slates, One one) {
  const auto n = static_cast<size_t>(slates.slates());
  SlateTerms terms;
  terms.numerators.emplace_back(n);
  terms.denominators.emplace_back(n, 1.0);
  terms.weights.resize(n);
  each_slate(slates, [&](int64_t s, int64_t first, size_t places, const SlateRatios& slate) {
    const auto [part, weight] = one(s, first, places, slate);
    terms.numerators[0][s] = part;
    terms.weights[s] = weight;
  });
  return terms;
}

struct Part {
  double part, weight;
};

template <typename Number>
double sum_of_rewards(const SlateColumns<Number>& slates, int64_t first, size_t places) {
  double sum = 0.0;
  for (size_t k = 0; k < places; ++k) sum += static_cast<double>(slates.reward[first + k]);
  return sum;
}

/// sum over places of their weight times their reward.
template <typename Number>
double weighted_rewards(const SlateColumns<Number>& slates, int64_t first,
                        const std::vector<double>& weights) {
  double sum = 0.0;
  for (size_t k = 0; k < weights.size(); ++k) {
    sum += weights[k] * static_cast<double>(slates.reward[first + k]);
  }
  return sum;
}

template <typename Number>
SlateTerms standalone(const SlateColumns<Number>& slates, bool normalised) {
  SlateTerms terms = mean_terms(slates, [&](int64_t, int64_t first, size_t places, const auto& s) {
    const double weight = s.prefix.back();
    return Part{weight * sum_of_rewards(slates, first, places), weight};
  });
  if (normalised) terms.denominators[0] = terms.weights;
  return terms;
}

/// Weights by place: m_k, or W_k where `by_prefix`.
template <typename Number>
SlateTerms by_place(const SlateColumns<Number>& slates, bool by_prefix) {
  return mean_terms(slates, [&](int64_t, int64_t first, size_t, const SlateRatios& slate) {
    const auto& weights = by_prefix ? slate.prefix : slate.item;
    return Part{weighted_rewards(slates, first, weights),
                by_prefix ? weights.back() : mean_of(weights)};
  });
}

/// The same with a ratio for each place.
template <typename Number>
SlateTerms normalised_by_place(const SlateColumns<Number>& slates, bool by_prefix) {
  SlateTerms terms = by_place(slates, by_prefix);
  const std::vector<double> none(terms.weights.size(), 0.0);
  terms.numerators.assign(longest(slates), none);
  terms.denominators.assign(longest(slates), none);
  each_slate(slates, [&](int64_t s, int64_t first, size_t places, const SlateRatios& slate) {
    const auto& weights = by_prefix ? slate.prefix : slate.item;
    for (size_t k = 0; k < places; ++k) {
      terms.numerators[k][s] = weights[k] * static_cast<double>(slates.reward[first + k]);
      terms.denominators[k][s] = weights[k];
    }
  });
  return terms;
}

template <typename Number>
SlateTerms cascade_dr(const SlateColumns<Number>& slates) {
  return mean_terms(slates, [&](int64_t, int64_t first, size_t places, const SlateRatios& slate) {
    double part = 0.0, before = 1.0;
    for (size_t k = 0; k < places; ++k) {
      const auto row = static_cast<size_t>(first) + k;
      const double left =
          static_cast<double>(slates.reward[row]) - static_cast<double>(slates.q[row]);
      part += slate.prefix[k] * left + before * static_cast<double>(slates.value[row]);
      before = slate.prefix[k];
    }
    return Part{part, before};
  });
}

template <typename Number>
SlateTerms pseudo_inverse(const SlateColumns<Number>& slates) {
  return mean_terms(slates, [&](int64_t s, int64_t first, size_t places, const SlateRatios& slate) {
    double weight = 1.0;
    if (slates.pseudo_inverse_weight.empty()) {
      for (const double ratio : slate.item) weight += ratio - 1.0;
    } else {
      weight = static_cast<double>(slates.pseudo_inverse_weight[s]);
    }
    return Part{weight * sum_of_rewards(slates, first, places), weight};
  });
}

}  // namespace

std::string_view slate_estimator_name(SlateEstimator estimator) {
  return std::ranges::find(kKnown, estimator, &Known::estimator)->name;
}

std::optional<SlateEstimator> slate_estimator_of_name(std::string_view name) {
  const auto at = std::ranges::find(kKnown, name, &Known::name);
  if (at == kKnown.end()) return std::nullopt;
  return at->estimator;
}

std::vector<SlateEstimator> all_slate_estimators() {
  std::vector<SlateEstimator> all;
  for (const Known& one : kKnown) all.push_back(one.estimator);
  return all;
}

template <typename Number>
std::optional<std::string> missing_slate_columns(SlateEstimator estimator,
                                                 const SlateColumns<Number>& slates) {
  const bool by_item =
      estimator == SlateEstimator::independent_ips ||
      estimator == SlateEstimator::independent_snips ||
      (estimator == SlateEstimator::pseudo_inverse && slates.pseudo_inverse_weight.empty());
  if (by_item && (slates.item_propensity.empty() || slates.item_policy.empty())) {
    return "the log has no marginal probabilities of items at their places (item_propensity and "
           "item_policy)";
  }
  if (by_item || estimator == SlateEstimator::pseudo_inverse) return std::nullopt;
  if (slates.propensity.empty() || slates.policy.empty()) {
    return "the log has no probabilities of items given those before them (propensity and policy)";
  }
  if (estimator == SlateEstimator::cascade_dr && (slates.q.empty() || slates.value.empty())) {
    return "the log has no expected rewards (q and value): cascade_dr needs a reward model";
  }
  return std::nullopt;
}

template <typename Number>
SlateTerms slate_terms(SlateEstimator estimator, const SlateColumns<Number>& slates) {
  switch (estimator) {
    case SlateEstimator::standalone_ips:
      return standalone(slates, false);
    case SlateEstimator::standalone_snips:
      return standalone(slates, true);
    case SlateEstimator::independent_ips:
      return by_place(slates, false);
    case SlateEstimator::independent_snips:
      return normalised_by_place(slates, false);
    case SlateEstimator::reward_interaction_ips:
      return by_place(slates, true);
    case SlateEstimator::reward_interaction_snips:
      return normalised_by_place(slates, true);
    case SlateEstimator::cascade_dr:
      return cascade_dr(slates);
    case SlateEstimator::pseudo_inverse:
      return pseudo_inverse(slates);
  }
  throw error::InternalError("a slate estimator has terms");
}

template <typename Number>
std::vector<double> slate_rewards(const SlateColumns<Number>& slates) {
  std::vector<double> sums;
  for (int64_t s = 0; s < slates.slates(); ++s) {
    const int64_t first = slates.offsets[s];
    sums.push_back(
        sum_of_rewards(slates, first, static_cast<size_t>(slates.offsets[s + 1] - first)));
  }
  return sums;
}

template std::optional<std::string> missing_slate_columns(SlateEstimator, const Slates&);
template std::optional<std::string> missing_slate_columns(SlateEstimator, const ExactSlates&);
template SlateTerms slate_terms(SlateEstimator, const Slates&);
template SlateTerms slate_terms(SlateEstimator, const ExactSlates&);
template std::vector<double> slate_rewards(const Slates&);
template std::vector<double> slate_rewards(const ExactSlates&);

}  // namespace assay::ope
