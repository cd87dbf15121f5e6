#pragma once

/// Off-policy evaluation of slates: lists of actions that were shown together. The value is the
/// expected sum of the rewards of a slate.
///
/// With K places, w_k = pi(a_k | x, a_1..a_(k-1)) / mu(the same), W_k = w_1 ... w_k, and m_k = the
/// ratio of the marginal probabilities of a_k at place k:
///
/// | estimator              | value, mean over slates                                              |
/// |------------------------|----------------------------------------------------------------------|
/// | standalone_ips         | W_K sum_k r_k                                                        |
/// | independent_ips        | sum_k m_k r_k                                                        |
/// | reward_interaction_ips | sum_k W_k r_k                                                        |
/// | ..._snips              | the same, divided by mean weights (of each place, but for standalone) |
/// | cascade_dr             | sum_k W_k (r_k - q_k) + W_(k-1) v_k                                  |
/// | pseudo_inverse         | (1 - K + sum_k m_k) sum_k r_k                                        |
///
///  - standalone_ips: needs no assumption, and has the largest weights (Precup, Sutton and Singh
///    2000, for trajectories).
///  - independent_ips: a place's reward depends on its own action alone (Li et al. 2018).
///  - reward_interaction_ips: and on the actions before it, users scan downwards (McInerney et al.
///    2020).
///  - cascade_dr: doubly robust under the same assumption (Kiyohara et al. 2022). q_k is the
///    expected sum of the rewards from place k on, v_k = sum_b pi(b | x, a_1..a_(k-1)) q_k(b).
///  - pseudo_inverse: the slate's reward is a sum of unknown parts of each place (Swaminathan et al.
///    2017). The weight is its closed form where the *logging* policy fills places independently,
///    item repetitions included; for another logging policy give `pseudo_inverse_weight`.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ope/estimate.h"
#include "ope/estimators.h"

namespace assay::ope {

/// S slates of N rows together, in places' order. A column is empty or [N], except where it says
/// [S]. Numbers are as in Columns.
template <typename Number>
struct SlateColumns {
  std::span<const int64_t> offsets;  ///< [S + 1]: slate s is rows offsets[s] .. offsets[s + 1]
  std::span<const Number> reward;
  /// mu and pi of the row's action given those before it in the slate.
  std::span<const Number> propensity, policy;
  /// Marginal probabilities of the row's action at its place.
  std::span<const Number> item_propensity, item_policy;
  std::span<const Number> q, value;               ///< of cascade_dr
  std::span<const Number> pseudo_inverse_weight;  ///< [S]; none: the closed form above
  std::span<const int32_t> cluster;               ///< [S]; as in Columns
  int64_t first_row = 1;

  int64_t slates() const { return offsets.empty() ? 0 : std::ssize(offsets) - 1; }
};

using Slates = SlateColumns<float>;
using ExactSlates = SlateColumns<double>;

enum class SlateEstimator {
  standalone_ips,
  independent_ips,
  reward_interaction_ips,
  standalone_snips,
  independent_snips,
  reward_interaction_snips,
  cascade_dr,
  pseudo_inverse,
};

/// The value of the policy a slate by each estimator chosen. Of Options: alpha, reward_range (of a
/// row), bootstrap, sequence_tuning, limits, source. `logged` is the mean sum of rewards; the
/// overlap is that of the slates' whole weights W_K (of the items' where only those are given).
/// Errors as `evaluate`; empty slates are an error too.
Evaluation evaluate_slates(const Slates& slates, std::span<const SlateEstimator> choices,
                           const Options& options = {});
Evaluation evaluate_slates(const ExactSlates& slates, std::span<const SlateEstimator> choices,
                           const Options& options = {});

std::string_view slate_estimator_name(SlateEstimator estimator);
std::optional<SlateEstimator> slate_estimator_of_name(std::string_view name);
std::vector<SlateEstimator> all_slate_estimators();

}  // namespace assay::ope
