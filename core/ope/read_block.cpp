#include "ope/read_block.h"

#include <algorithm>
#include <cmath>

#include "ope/four.h"

#pragma GCC diagnostic ignored "-Wpsabi"

namespace assay::ope {

namespace {

constexpr FourFlags kAllHold = {-1, -1, -1, -1};

bool all_hold(FourFlags flags) { return (flags[0] & flags[1] & flags[2] & flags[3]) == -1; }

/// What the loop over rewards, probabilities and the model keeps.
struct Look {
  FourFlags usable = kAllHold, in_range = kAllHold, deterministic = kAllHold;
  Four sum{}, squares{}, largest_weight{};
  Four least_propensity = all_four(1.0), most_propensity{};

  void write_to(BlockFacts& facts) const {
    facts.usable = facts.usable && all_hold(usable);
    facts.model_in_range = facts.model_in_range && all_hold(in_range);
    facts.deterministic = all_hold(deterministic);
    facts.sum = sum_of(sum);
    facts.squares = sum_of(squares);
    for (int i = 0; i < 4; ++i) {
      facts.largest_weight = std::max(facts.largest_weight, largest_weight[i]);
      facts.least_propensity = std::min(facts.least_propensity, least_propensity[i]);
      facts.most_propensity = std::max(facts.most_propensity, most_propensity[i]);
    }
  }
};

/// Rewards less the centre. NaN fails every comparison.
template <typename Number>
void read_rewards(const Columns<Number>& columns, double centre, const RewardBounds& bounds,
                  Block& block, Look& look) {
  const int n = block.rounds;
  const Four least = all_four(bounds.least), most = all_four(bounds.most);
  for (int i = 0; i < n; i += 4) {
    // A reward that may be, behind the end: less the centre it is 0 as long as the centre is one.
    const Four reward = load_up_to_four(columns.reward.data() + i, n - i, centre);
    const Four less = reward - all_four(centre);
    look.usable &= (reward >= least) & (reward <= most);
    look.sum += less;
    look.squares += less * less;
    store_four(block.reward.data() + i, less);
  }
}

template <typename Number>
void read_weights(const Columns<Number>& columns, Block& block, Look& look) {
  const int n = block.rounds;
  const Four zero{}, one = all_four(1.0), most = all_four(1.0 + kProbabilityRounding);
  for (int i = 0; i < n; i += 4) {
    const Four propensity = load_up_to_four(columns.propensity.data() + i, n - i, 1.0);
    const Four policy = load_up_to_four(columns.policy.data() + i, n - i, 0.0);
    const Four weight = policy / propensity;
    look.usable &= (propensity > zero) & (propensity <= one) & (policy >= zero) & (policy <= most);
    look.deterministic &= (policy == zero) | (policy == one);
    look.largest_weight = larger(weight, look.largest_weight);
    look.least_propensity = smaller(propensity, look.least_propensity);
    if (i + 4 <= n) look.most_propensity = larger(propensity, look.most_propensity);
    store_four(block.weight.data() + i, weight);
  }
  for (int i = n - n % 4; i < n; ++i) {
    look.most_propensity[0] =
        std::max(look.most_propensity[0], static_cast<double>(columns.propensity[i]));
  }
}

/// A column of a model less the centre.
template <typename Number>
void read_model(std::span<const Number> column, double centre, const RewardBounds& bounds,
                BlockColumn& out, Look& look) {
  const int n = static_cast<int>(column.size());
  const Four least = all_four(bounds.least), most = all_four(bounds.most);
  const Four zero{};
  for (int i = 0; i < n; i += 4) {
    const Four number = load_up_to_four(column.data() + i, n - i, centre);
    look.usable &= number - number == zero;  // neither NaN nor infinite
    look.in_range &= (number >= least) & (number <= most);
    store_four(out.data() + i, number - all_four(centre));
  }
}

/// A column of weights that were made elsewhere.
template <typename Number>
bool read_given_weights(std::span<const Number> column, BlockColumn& out) {
  out.fill(0.0);
  bool usable = true;
  for (size_t i = 0; i < column.size(); ++i) {
    out[i] = static_cast<double>(column[i]);
    usable = usable && out[i] >= 0.0 && std::isfinite(out[i]);
  }
  return usable;
}

template <typename Number>
bool all_within(std::span<const Number> column, double least, double most) {
  return std::ranges::all_of(column, [&](Number x) {
    return static_cast<double>(x) >= least && static_cast<double>(x) <= most;
  });
}

}  // namespace

RewardBounds bounds_of(const Options& options) {
  if (!options.reward_range) return {};
  return {options.reward_range->low, options.reward_range->high};
}

template <typename Number>
BlockFacts read_block(const Columns<Number>& columns, double centre, const RewardBounds& bounds,
                      Block& block) {
  const Present has = present(columns);
  block.rounds = static_cast<int>(columns.size());
  block.first_row = columns.first_row;
  BlockFacts facts;
  Look look;
  read_rewards(columns, centre, bounds, block, look);
  if (has.weights()) read_weights(columns, block, look);
  if (has.q) read_model(columns.q, centre, bounds, block.q, look);
  if (has.value) read_model(columns.value, centre, bounds, block.value, look);
  if (has.mrdr_q) read_model(columns.mrdr_q, centre, bounds, block.mrdr_q, look);
  if (has.mrdr_value) read_model(columns.mrdr_value, centre, bounds, block.mrdr_value, look);
  look.write_to(facts);
  if (has.marginal_weight) {
    facts.usable &= read_given_weights(columns.marginal_weight, block.marginal_weight);
  }
  if (has.balanced_weight) {
    facts.usable &= read_given_weights(columns.balanced_weight, block.balanced_weight);
  }
  facts.usable &= all_within(columns.policy_total, 1.0 - kTotalRounding, 1.0 + kTotalRounding);
  facts.usable &= all_within(columns.outside_support, 0.0, 1.0 + kProbabilityRounding);
  return facts;
}

template BlockFacts read_block(const Columns<float>&, double, const RewardBounds&, Block&);
template BlockFacts read_block(const Columns<double>&, double, const RewardBounds&, Block&);

}  // namespace assay::ope
