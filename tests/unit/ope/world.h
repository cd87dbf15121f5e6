#pragma once

/// A small world whose truth is known: contexts, actions, two policies and the chance of a reward.

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "ope/estimators.h"

namespace assay::ope {

constexpr int kContexts = 4;
constexpr int kActions = 5;
using Table = std::vector<std::vector<double>>;  ///< [context][action]

/// Softmax of sharpness * sin(...): any smooth table does.
inline Table softmax_policy(double sharpness, double phase) {
  Table policy(kContexts, std::vector<double>(kActions));
  for (int x = 0; x < kContexts; ++x) {
    double sum = 0.0;
    for (int a = 0; a < kActions; ++a) {
      sum += policy[x][a] = std::exp(sharpness * std::sin(1.7 * a + x + phase));
    }
    for (double& p : policy[x]) p /= sum;
  }
  return policy;
}

struct World {
  Table log_policy = softmax_policy(0.8, 0.0);
  Table judged = softmax_policy(1.2, 0.9);
  Table chance = chances();  ///< of reward 1
  Table model = chances();   ///< q; right unless a test changes it

  static Table chances() {
    Table chance(kContexts, std::vector<double>(kActions));
    for (int x = 0; x < kContexts; ++x) {
      for (int a = 0; a < kActions; ++a) chance[x][a] = 0.15 + 0.12 * ((x + 2 * a) % 6);
    }
    return chance;
  }
  double under_policy(const Table& of, int x) const {
    double sum = 0.0;
    for (int a = 0; a < kActions; ++a) sum += judged[x][a] * of[x][a];
    return sum;
  }
  /// What the judged policy earns; contexts are equally frequent.
  double truth() const {
    double sum = 0.0;
    for (int x = 0; x < kContexts; ++x) sum += under_policy(chance, x);
    return sum / kContexts;
  }
};

/// Rounds that own their columns.
struct Log {
  std::vector<double> reward, propensity, policy, q, value;
  std::vector<int> context, action;
  std::vector<int32_t> cluster;

  ExactRounds rounds() const {
    ExactRounds rounds;
    rounds.reward = reward;
    rounds.propensity = propensity;
    rounds.policy = policy;
    rounds.q = q;
    rounds.value = value;
    rounds.cluster = cluster;
    return rounds;
  }
  void add(const World& world, int x, int a, double r) {
    context.push_back(x);
    action.push_back(a);
    reward.push_back(r);
    propensity.push_back(world.log_policy[x][a]);
    policy.push_back(world.judged[x][a]);
    q.push_back(world.model[x][a]);
    value.push_back(world.under_policy(world.model, x));
  }
};

inline Log sampled_log(const World& world, int rounds, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Log log;
  for (int i = 0; i < rounds; ++i) {
    const int x = static_cast<int>(random() % kContexts);
    double left = uniform();
    int a = 0;
    while (a + 1 < kActions && left >= world.log_policy[x][a]) left -= world.log_policy[x][a++];
    log.add(world, x, a, uniform() < world.chance[x][a] ? 1.0 : 0.0);
  }
  return log;
}

/// Without resamples, which most tests do not look at.
inline Options quick() {
  Options options;
  options.bootstrap.resamples = 0;
  return options;
}

inline PolicyEstimate estimate_of(const ExactRounds& rounds, Estimator estimator,
                                  const Options& options = quick()) {
  const Choice choice{estimator, std::nullopt};
  return evaluate(rounds, {&choice, 1}, options).estimates.at(0);
}

inline PolicyEstimate estimate_of(const ExactRounds& rounds, Estimator estimator, double parameter,
                                  const Options& options = quick()) {
  const Choice choice{estimator, parameter};
  return evaluate(rounds, {&choice, 1}, options).estimates.at(0);
}

}  // namespace assay::ope
