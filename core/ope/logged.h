#pragma once

/// Logged rounds as columns: what a logging policy did, what came of it, and how the policy that is
/// to be judged would have acted. A round is one logged action: context x, action a, reward r.

#include <cstdint>
#include <functional>
#include <span>

namespace assay::ope {

/// A stretch of the rounds of a log. Every column is empty, or as long as `reward`; a column that
/// is there in one stretch is there in all. Values are finite; NaN is "missing" and an error.
///
/// float is how logs are kept (4 bytes a number, 10^7 rounds in 40 MB a column); sums are double
/// either way. double is for numbers that were computed in double.
template <typename Number>
struct Columns {
  std::span<const Number> reward;
  /// mu(a|x), the probability with which the logging policy showed the action: in (0, 1].
  std::span<const Number> propensity;
  /// pi(a|x), the probability of the same action under the judged policy: in [0, 1].
  std::span<const Number> policy;

  /// q(x, a), the reward that a model expects of the logged action, made without this round
  /// (cross-fitted); and sum over all actions b of pi(b|x) q(x, b).
  std::span<const Number> q, value;
  /// The same two of a model that was fitted for the more robust doubly robust estimator
  /// (Estimator::mrdr).
  std::span<const Number> mrdr_q, mrdr_value;

  /// pi(e|x) / mu(e|x) of the logged action's embedding e (Estimator::mips): at least 0.
  std::span<const Number> marginal_weight;
  /// P(policy | x, a) / P(log | x, a) of a classifier that tells the policy's pairs from those of
  /// the log (Estimator::balanced_ips): at least 0.
  std::span<const Number> balanced_weight;

  /// sum over all actions b of pi(b|x). Checked to be 1 where it is given.
  std::span<const Number> policy_total;
  /// The probability that the policy gives to actions which the log never shows in this context
  /// (not allowed, not known, mu = 0): in [0, 1].
  std::span<const Number> outside_support;

  /// Rounds with the same id depend on each other (one user's); a negative id stands alone.
  std::span<const int32_t> cluster;

  /// What people call the first of these rounds; the others count on from it.
  int64_t first_row = 1;

  int64_t size() const { return static_cast<int64_t>(reward.size()); }
};

using Rounds = Columns<float>;
using ExactRounds = Columns<double>;

/// A log that is larger than memory: calls back with its rounds, in order, some at a time; the same
/// ones each time it is called (at most twice). How they are cut into stretches changes no bit of
/// what is computed.
template <typename Number>
using RoundSource = std::function<void(const std::function<void(const Columns<Number>&)>&)>;

}  // namespace assay::ope
