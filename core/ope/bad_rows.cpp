#include "ope/bad_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "error/error.h"

namespace assay::ope {

namespace {

constexpr size_t kRowsShown = 5;

std::string shown(double found) {
  return std::isnan(found) ? "missing (NaN)" : fmt::format("{:g}", found);
}

void note_bad_weight(const char* name, double number, int64_t row, BadRows& bad) {
  if (number >= 0.0 && std::isfinite(number)) return;
  bad.note(fmt::format("{} is below 0, missing or infinite", name),
           "a weight is a ratio of two probabilities, the lower of them above 0", row, number);
}

template <typename Number, typename Rule>
void each(std::span<const Number> column, int64_t first_row, Rule rule) {
  for (size_t i = 0; i < column.size(); ++i) {
    rule(static_cast<double>(column[i]), first_row + static_cast<int64_t>(i));
  }
}

}  // namespace

void BadRows::note(const std::string& kind, const std::string& what_to_do, int64_t row,
                   double found) {
  auto at = std::ranges::find(kinds_, kind, &Kind::name);
  if (at == kinds_.end()) {
    kinds_.push_back({kind, what_to_do, 0, {}, found});
    at = std::prev(kinds_.end());
  }
  ++at->count;
  if (at->rows.size() < kRowsShown) at->rows.push_back(row);
}

void BadRows::throw_if_any(const std::string& source) const {
  if (none()) return;
  std::vector<error::Problem> problems;
  for (const Kind& kind : kinds_) {
    const bool more = kind.count > std::ssize(kind.rows);
    problems.push_back(
        {source,
         fmt::format("{} in {} {} (row {}{}): found {} first; {}", kind.name, kind.count,
                     kind.count == 1 ? "row" : "rows", fmt::join(kind.rows, ", "),
                     more ? ", ..." : "", shown(kind.first_found), kind.what_to_do),
         ""});
  }
  throw error::UserError(std::move(problems));
}

void note_bad_reward(double reward, const RewardBounds& bounds, int64_t row, BadRows& bad) {
  if (std::isnan(reward)) {
    bad.note("reward is missing", "leave rounds without a label out, or give them one", row,
             reward);
  } else if (reward < bounds.least || reward > bounds.most) {
    const std::string range = std::isinf(reward)
                                  ? "finite numbers"
                                  : fmt::format("{:g} to {:g}", bounds.least, bounds.most);
    bad.note(fmt::format("reward is out of range ({})", range),
             "declare the range that rewards have, or mend the label", row, reward);
  }
}

void note_bad_propensity(double propensity, int64_t row, BadRows& bad) {
  const std::string expected =
      "a propensity is the probability with which the logging policy showed the action, above 0 "
      "and at most 1";
  if (std::isnan(propensity)) {
    bad.note("propensity is missing", expected, row, propensity);
  } else if (propensity <= 0.0) {
    bad.note("propensity is 0 or below", expected, row, propensity);
  } else if (propensity > 1.0) {
    bad.note("propensity is above 1", expected, row, propensity);
  }
}

void note_bad_policy(double policy, int64_t row, BadRows& bad) {
  if (policy >= 0.0 && policy <= 1.0 + kProbabilityRounding) return;
  bad.note("the policy's probability is missing or not from 0 to 1",
           "the policy has to give every logged action a probability", row, policy);
}

void note_bad_model(const char* name, double number, int64_t row, BadRows& bad) {
  if (std::isfinite(number)) return;
  bad.note(fmt::format("{} is missing or infinite", name),
           "the reward model has to give a number for every logged action", row, number);
}

template <typename Number>
void note_bad_rows(const Columns<Number>& columns, const RewardBounds& bounds, BadRows& bad) {
  const int64_t row = columns.first_row;
  each(columns.reward, row, [&](double x, int64_t at) { note_bad_reward(x, bounds, at, bad); });
  each(columns.propensity, row, [&](double x, int64_t at) { note_bad_propensity(x, at, bad); });
  each(columns.policy, row, [&](double x, int64_t at) { note_bad_policy(x, at, bad); });
  const auto model = [&](const char* name) {
    return [&bad, name](double x, int64_t at) { note_bad_model(name, x, at, bad); };
  };
  each(columns.q, row, model("q"));
  each(columns.value, row, model("value"));
  each(columns.mrdr_q, row, model("mrdr_q"));
  each(columns.mrdr_value, row, model("mrdr_value"));
  const auto weight = [&](const char* name) {
    return [&bad, name](double x, int64_t at) { note_bad_weight(name, x, at, bad); };
  };
  each(columns.marginal_weight, row, weight("marginal_weight"));
  each(columns.balanced_weight, row, weight("balanced_weight"));
  each(columns.policy_total, row, [&](double x, int64_t at) {
    if (std::abs(x - 1.0) <= kTotalRounding) return;
    bad.note("the policy's probabilities do not sum to 1",
             "they have to, over all actions that it may choose from", at, x);
  });
  each(columns.outside_support, row, [&](double x, int64_t at) {
    if (x >= 0.0 && x <= 1.0 + kProbabilityRounding) return;
    bad.note("outside_support is missing or not from 0 to 1", "it is a probability", at, x);
  });
}

template void note_bad_rows(const Columns<float>&, const RewardBounds&, BadRows&);
template void note_bad_rows(const Columns<double>&, const RewardBounds&, BadRows&);

}  // namespace assay::ope
