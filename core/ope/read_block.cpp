#include "ope/read_block.h"

#include <algorithm>
#include <cmath>

#include "ope/four.h"

#pragma GCC diagnostic ignored "-Wpsabi"

namespace assay::ope {

namespace {

/// Least and largest of a column, and NaN where a number is missing or infinite. They start at a
/// number of the column, so that an end that is no multiple of four adds nothing.
struct Extent {
  Four least, largest, wrong{};

  explicit Extent(double first) : least(all_four(first)), largest(all_four(first)) {}
  [[gnu::always_inline]] void see(Four numbers) {
    least = smaller(numbers, least);
    largest = larger(numbers, largest);
    wrong += numbers - numbers;  // 0, or NaN for good
  }
  bool finite() const { return sum_of(wrong) == 0.0; }
  bool within(double from, double to) const {
    return finite() && least_of(least) >= from && largest_of(largest) <= to;
  }
};

/// Asks for what the next block will read from this column. Blocks read column by column, a few KiB
/// each, which is too short for the processor to see where it goes. An address behind the end of the
/// column is asked for in vain, and does no harm.
template <typename Number>
[[gnu::always_inline]] inline void ask_for_next(const Number* at) {
  __builtin_prefetch(at + kBlockRounds);
}

// Every loop keeps what it sums in locals: through a reference each step would wait for memory.

/// Rewards less the centre.
template <typename Number>
void read_rewards(const Columns<Number>& columns, double centre, const RewardBounds& bounds,
                  Block& block, BlockFacts& facts) {
  const int n = block.rounds;
  Extent extent(static_cast<double>(columns.reward[0]));
  Four sum{}, squares{};
  for (int i = 0; i < n; i += 4) {
    ask_for_next(columns.reward.data() + i);
    const Four reward = load_up_to_four(columns.reward.data() + i, n - i, centre);
    const Four less = reward - all_four(centre);
    extent.see(reward);
    sum += less;
    squares += less * less;
    store_four(block.reward.data() + i, less);
  }
  facts.sum = sum_of(sum);
  facts.squares = sum_of(squares);
  facts.usable = facts.usable && extent.within(bounds.least, bounds.most);
}

template <typename Number>
void read_weights(const Columns<Number>& columns, Block& block, BlockFacts& facts) {
  const int n = block.rounds;
  const auto first = static_cast<double>(columns.propensity[0]);
  Extent propensities(first), policies(static_cast<double>(columns.policy[0]));
  Four largest{}, between{};
  for (int i = 0; i < n; i += 4) {
    ask_for_next(columns.propensity.data() + i);
    ask_for_next(columns.policy.data() + i);
    const Four propensity = load_up_to_four(columns.propensity.data() + i, n - i, first);
    const Four policy = load_up_to_four(columns.policy.data() + i, n - i, 0.0);
    const Four weight = policy / propensity;
    propensities.see(propensity);
    policies.see(policy);
    between += policy * (all_four(1.0) - policy);  // 0 where the policy is 0 or 1
    largest = larger(weight, largest);
    store_four(block.weight.data() + i, weight);
  }
  facts.least_propensity = least_of(propensities.least);
  facts.most_propensity = largest_of(propensities.largest);
  facts.least_policy = least_of(policies.least);
  facts.largest_weight = largest_of(largest);
  facts.deterministic = sum_of(between) == 0.0;
  facts.usable = facts.usable && propensities.within(kLeastPropensity, 1.0) &&
                 policies.within(0.0, 1.0 + kProbabilityRounding);
}

/// A column of a model less the centre.
template <typename Number>
void read_model(std::span<const Number> column, double centre, const RewardBounds& bounds,
                BlockColumn& out, BlockFacts& facts) {
  const int n = static_cast<int>(column.size());
  const auto first = static_cast<double>(column[0]);
  Extent extent(first);
  for (int i = 0; i < n; i += 4) {
    ask_for_next(column.data() + i);
    const Four numbers = load_up_to_four(column.data() + i, n - i, centre);
    extent.see(numbers);
    store_four(out.data() + i, numbers - all_four(centre));
  }
  facts.usable = facts.usable && extent.finite();
  facts.model_in_range = facts.model_in_range && extent.within(bounds.least, bounds.most);
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
  read_rewards(columns, centre, bounds, block, facts);
  if (has.weights()) read_weights(columns, block, facts);
  if (has.q) read_model(columns.q, centre, bounds, block.q, facts);
  if (has.value) read_model(columns.value, centre, bounds, block.value, facts);
  if (has.mrdr_q) read_model(columns.mrdr_q, centre, bounds, block.mrdr_q, facts);
  if (has.mrdr_value) read_model(columns.mrdr_value, centre, bounds, block.mrdr_value, facts);
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
