#include "tuning/tpe.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/philox_sequence.h"
#include "tuning/parzen.h"

namespace assay::tuning {
namespace {

constexpr int64_t kStartup = 2 * kRound;  // trials before there is anything to learn from
constexpr int kCandidates = 24;           // drawn from the density of the best
constexpr double kGamma = 0.1;
constexpr size_t kMostBest = 25;
constexpr uint32_t kStream = 0x7BE;  // apart from what random_values draws
constexpr double kFailed = -std::numeric_limits<double>::infinity();

/// Trials so far, the best ones first, each group in the order of their numbers.
struct Split {
  std::vector<const Outcome*> best, others;
};

Split split(std::span<const Outcome> so_far) {
  std::vector<const Outcome*> order;
  for (const Outcome& outcome : so_far) order.push_back(&outcome);
  std::ranges::stable_sort(order, [](const Outcome* a, const Outcome* b) {
    return a->value.value_or(kFailed) > b->value.value_or(kFailed);
  });
  const auto tenth = static_cast<size_t>(std::ceil(kGamma * static_cast<double>(order.size())));
  const auto end = order.begin() + static_cast<ptrdiff_t>(std::min(tenth, kMostBest));
  Split out{{order.begin(), end}, {end, order.end()}};
  const auto number = [](const Outcome* outcome) { return outcome->step.number; };
  std::ranges::sort(out.best, {}, number);
  std::ranges::sort(out.others, {}, number);
  return out;
}

/// Smoothed frequencies of choices: a mixture of what each of the n trials speaks for, and of the
/// prior, which speaks for all alike. A trial speaks for the other choices too, a little less the
/// more trials there are (1 / (n + 1), as Optuna has it): without that the best few, which may be
/// alike by chance, would keep the search from all other choices.
std::vector<double> frequencies(const task::TunedParam& param, size_t place,
                                const std::vector<const Outcome*>& trials) {
  const std::vector<double> weights = observation_weights(trials.size());
  const auto choices = static_cast<double>(param.choices.size());
  const double spread = 1.0 / static_cast<double>(trials.size() + 1);
  std::vector<double> share(param.choices.size(), 1.0 / choices);
  double total = 1;
  for (size_t i = 0; i < trials.size(); ++i) {
    const double each = weights[i] / (1 + choices * spread);
    for (double& one : share) one += each * spread;
    share[choice_of(param, trials[i]->step.values[place])] += each;
    total += weights[i];
  }
  for (double& one : share) one /= total;
  return share;
}

nlohmann::json choose(const task::TunedParam& param, size_t place, const Split& trials,
                      stats::PhiloxSequence& draws) {
  const std::vector<double> best = frequencies(param, place, trials.best);
  const std::vector<double> others = frequencies(param, place, trials.others);
  size_t chosen = 0;
  double most = -1;
  for (int candidate = 0; candidate < kCandidates; ++candidate) {
    double left = draws.next_uniform();
    size_t at = 0;
    while (at + 1 < best.size() && (left -= best[at]) >= 0) ++at;
    const double ratio = best[at] / others[at];
    if (ratio <= most) continue;
    most = ratio;
    chosen = at;
  }
  return param.choices[chosen];
}

Parzen density(const task::TunedParam& param, size_t place,
               const std::vector<const Outcome*>& trials) {
  std::vector<double> places;
  for (const Outcome* outcome : trials)
    places.push_back(place_of(param, outcome->step.values[place]));
  return {interval_of(param), places, observation_weights(trials.size())};
}

// Of an integer the probability of its step counts, else the density.
double log_weight(const task::TunedParam& param, const Parzen& density,
                  const nlohmann::json& value) {
  if (!param.integer) return density.log_density(place_of(param, value));
  const auto at = value.get<double>();
  const auto place = [&](double x) { return param.log ? std::log(x) : x; };
  return density.log_probability(place(at - 0.5), place(at + 0.5));
}

nlohmann::json draw(const task::TunedParam& param, size_t place, const Split& trials,
                    stats::PhiloxSequence& draws) {
  const Parzen best = density(param, place, trials.best);
  const Parzen others = density(param, place, trials.others);
  nlohmann::json chosen;
  double most = -std::numeric_limits<double>::infinity();
  for (int candidate = 0; candidate < kCandidates; ++candidate) {
    const double kernel = draws.next_uniform();
    nlohmann::json value = value_at(param, best.draw(kernel, draws.next_uniform()));
    const double ratio = log_weight(param, best, value) - log_weight(param, others, value);
    if (ratio <= most) continue;
    most = ratio;
    chosen = std::move(value);
  }
  return chosen;
}

}  // namespace

Values tpe_values(uint64_t seed, const Space& space, std::span<const Outcome> so_far,
                  int64_t number) {
  if (static_cast<int64_t>(so_far.size()) < kStartup) return random_values(seed, space, number);
  const Split trials = split(so_far);
  Values values;
  for (size_t p = 0; p < space.size(); ++p) {
    stats::PhiloxSequence draws(seed ^ (uint64_t{kStream} << 32), static_cast<uint32_t>(number),
                                static_cast<uint32_t>(p));
    values.push_back(space[p].choices.empty() ? draw(space[p], p, trials, draws)
                                              : choose(space[p], p, trials, draws));
  }
  return values;
}

}  // namespace assay::tuning
