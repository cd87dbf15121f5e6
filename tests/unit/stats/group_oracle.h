#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oracle.h"
#include "stats/cuped.h"
#include "stats/ratio.h"
#include "stats/two_samples.h"

namespace assay::stats {

/// A sample as the oracles write it: raw values, sums, or a count of successes.
inline Moments moments_in(const nlohmann::json& side) {
  if (side.is_array()) return moments_of(side.get<std::vector<double>>());
  const auto n = side.at("n").get<int64_t>();
  if (side.contains("successes")) {
    return moments_of_proportion(n, side.at("successes").get<int64_t>());
  }
  return moments_from_sums(n, side.at("sum"), side.at("sum_squares"));
}

inline WelchOptions options_in(const std::string& name) {
  const auto holds = [&](const char* part) { return name.find(part) != std::string::npos; };
  WelchOptions options;
  if (holds("relative")) options.scale = EffectScale::relative;
  if (holds("greater")) options.alternative = Alternative::greater;
  if (holds("lesser")) options.alternative = Alternative::less;
  return options;
}

inline AdjustedDifference cuped_of(const nlohmann::json& one) {
  const std::vector<double> a_before = numbers(one, "A_pre"), a = numbers(one, "A_post");
  const std::vector<double> b_before = numbers(one, "B_pre"), b = numbers(one, "B_post");
  return cuped({a_before, a}, {b_before, b}, options_in(one.at("name")));
}

inline Difference ratio_of(const nlohmann::json& one) {
  const std::vector<double> a = numbers(one, "A_numerator"), a_of = numbers(one, "A_denominator");
  const std::vector<double> b = numbers(one, "B_numerator"), b_of = numbers(one, "B_denominator");
  return ratio_difference({a, a_of}, {b, b_of}, options_in(one.at("name")));
}

/// The test with a fixed sample size that an oracle case is about.
inline Difference fixed_test(const nlohmann::json& one) {
  const auto& input = one.at("input");
  if (input.contains("A_pre")) return cuped_of(one).difference;
  if (input.contains("A_numerator")) return ratio_of(one);
  return welch(moments_in(input.at("A")), moments_in(input.at("B")), options_in(one.at("name")));
}

/// Everything that a case expects of a difference.
inline void expect_difference(const nlohmann::json& one, const Difference& got) {
  const auto& want = one.at("expected");
  ASSERT_TRUE(got.value && got.p && got.interval) << one.at("name") << ": " << got.reason;
  expect_oracle(one, "effect", *got.value);
  expect_oracle(one, "p_value", *got.p);
  if (want.contains("stddev")) expect_oracle(one, "stddev", *got.standard_error);
  if (want.contains("ci_low")) expect_oracle(one, "ci_low", got.interval->low);
  if (want.contains("ci_high")) expect_oracle(one, "ci_high", got.interval->high);
  if (!want.contains("ci")) return;
  expect_near(one, got.interval->low, want["ci"][0]);
  expect_near(one, got.interval->high, want["ci"][1]);
}

}  // namespace assay::stats
