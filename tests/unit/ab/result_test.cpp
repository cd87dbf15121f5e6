#include "ab/result.h"

#include <gmock/gmock.h>

#include <limits>

#include "ab/metric_test.h"
#include "unit/stats/oracle.h"

namespace assay::ab {
namespace {

using stats::ab_case;
using stats::expect_near;
using stats::expect_oracle;
using stats::numbers;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// A test of one metric, whose units come arm by arm.
class Trial {
 public:
  explicit Trial(Metric metric = {.name = "revenue", .column = "revenue"}) {
    design.metrics = {std::move(metric)};
    design.control = "control";
  }

  void arm(const std::string& name, const std::vector<double>& metric,
           const std::vector<double>& other = {}) {
    gathered_.arms.push_back(name);
    gathered_.units.push_back(std::ssize(metric));
    MetricGathering gathering(design.metrics[0], 1, 1);
    gathering.add({metric, other}, std::vector<int32_t>(metric.size()),
                  std::vector<int16_t>(metric.size()));
    if (gathered_.cells.empty()) gathered_.cells.resize(1);
    gathered_.cells[0].push_back(gathering.cell(0, 0));
  }

  Result judged() const { return judge(gathered_, design); }
  Effect effect() const { return judged().effects.at(0); }
  ab::Gathered& gathered() { return gathered_; }

  Design design;

 private:
  Gathered gathered_;
};

void expect_difference(const std::string& name, const stats::Difference& got) {
  const auto& one = ab_case(name);
  expect_oracle(one, "effect", got.value.value());
  expect_oracle(one, "stddev", got.standard_error.value());
  expect_oracle(one, "p_value", got.p.value());
  const auto ci = one.at("expected").at("ci");
  expect_near(one, got.interval->low, ci[0]);
  expect_near(one, got.interval->high, ci[1]);
}

std::vector<double> zeros_and_ones(const nlohmann::json& arm) {
  std::vector<double> values(arm.at("n").get<size_t>(), 0.0);
  std::fill_n(values.begin(), arm.at("successes").get<size_t>(), 1.0);
  return values;
}

TEST(AbResult, MeansAreThoseOfGbstats) {
  Trial trial;
  trial.arm("control", numbers(ab_case("raw_means_absolute"), "A"));
  trial.arm("treatment", numbers(ab_case("raw_means_absolute"), "B"));
  expect_difference("raw_means_absolute", trial.effect().absolute);
  expect_difference("raw_means_relative", trial.effect().relative);
  trial.design.sequential = 5000;
  expect_difference("raw_means_absolute_sequential_tuning5000", trial.effect().absolute);
  expect_difference("raw_means_relative_sequential_tuning5000", trial.effect().relative);
}

TEST(AbResult, ProportionsAreThoseOfGbstats) {
  Trial trial({.name = "bought", .column = "bought"});
  const auto& input = ab_case("proportions_absolute").at("input");
  trial.arm("control", zeros_and_ones(input.at("A")));
  trial.arm("treatment", zeros_and_ones(input.at("B")));
  expect_difference("proportions_absolute", trial.effect().absolute);
  expect_difference("proportions_relative", trial.effect().relative);
  trial.design.sequential = 5000;
  expect_difference("proportions_absolute_sequential_tuning5000", trial.effect().absolute);
}

TEST(AbResult, CupedIsThatOfGbstats) {
  Trial trial({.name = "revenue", .column = "revenue", .before = "revenue_before"});
  const auto& one = ab_case("cuped_absolute");
  trial.arm("control", numbers(one, "A_post"), numbers(one, "A_pre"));
  trial.arm("treatment", numbers(one, "B_post"), numbers(one, "B_pre"));
  const Effect effect = trial.effect();
  expect_difference("cuped_absolute", effect.absolute);
  expect_difference("cuped_relative", effect.relative);
  expect_oracle(one, "theta", effect.theta.value());
  EXPECT_GT(effect.variance_removed.value(), 0.1);
  trial.design.sequential = 5000;
  expect_difference("cuped_absolute_sequential_tuning5000", trial.effect().absolute);
}

TEST(AbResult, RatiosAreThoseOfGbstats) {
  Trial trial({.name = "clicks/impressions",
               .kind = MetricKind::ratio,
               .column = "clicks",
               .denominator = "impressions"});
  const auto& one = ab_case("ratio_metric_absolute");
  trial.arm("control", numbers(one, "A_numerator"), numbers(one, "A_denominator"));
  trial.arm("treatment", numbers(one, "B_numerator"), numbers(one, "B_denominator"));
  expect_difference("ratio_metric_absolute", trial.effect().absolute);
  expect_difference("ratio_metric_relative", trial.effect().relative);
}

TEST(AbResult, QuantilesAreThoseOfGbstats) {
  Trial trial({.name = "p50(ms)", .kind = MetricKind::quantile, .column = "ms", .quantile = 0.5});
  const auto& one = ab_case("quantile_differences");
  trial.arm("control", numbers(one, "A"));
  trial.arm("treatment", numbers(one, "B"));
  expect_difference("quantile_test_0.5_absolute", trial.effect().absolute);
  expect_difference("quantile_test_0.5_relative", trial.effect().relative);
}

/// n values about `mean`, of standard deviation about 1.
std::vector<double> around(double mean, int n) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(mean + (i % 2 == 0 ? 1.0 : -1.0));
  return values;
}

TEST(AbResult, AClearDifferenceIsBetterOrWorse) {
  Trial trial;
  trial.arm("control", around(10, 400));
  trial.arm("treatment", around(11, 400));
  EXPECT_EQ(trial.effect().verdict, "better");
  trial.design.metrics[0].higher_is_better = false;
  EXPECT_EQ(trial.effect().verdict, "worse");
}

TEST(AbResult, ASampleRatioMismatchForbidsEveryVerdict) {
  Trial trial;
  trial.arm("control", around(10, 400));
  trial.arm("treatment", around(11, 600));
  const Result result = trial.judged();
  EXPECT_TRUE(result.sample_ratio.mismatch());
  EXPECT_EQ(result.effects[0].verdict, "undecided");
  EXPECT_THAT(result.effects[0].reason, HasSubstr("not in the arms as they were meant to be"));
  trial.design.weights = {{"control", 2}, {"treatment", 3}};
  EXPECT_EQ(trial.effect().verdict, "better");
}

TEST(AbResult, FewUnitsAreNotJudged) {
  Trial trial;
  trial.arm("control", around(10, 90));
  trial.arm("treatment", around(11, 90));
  EXPECT_EQ(trial.effect().verdict, "too few units");
  EXPECT_EQ(trial.effect().reason, "180 units; a verdict needs at least 200");
}

TEST(AbResult, WithinTheMarginIsEquivalent) {
  Trial trial;
  trial.design.margin = 0.5;
  trial.arm("control", around(10, 2000));
  trial.arm("treatment", around(10.01, 2000));
  EXPECT_EQ(trial.effect().verdict, "equivalent");
}

TEST(AbResult, TwoTreatmentsAreCorrectedByHolm) {
  Trial trial;
  trial.arm("control", around(10, 400));
  trial.arm("one", around(10.15, 400));
  trial.arm("two", around(11, 400));
  const Result result = trial.judged();
  EXPECT_EQ(result.effects[0].correction, "Holm over 2 comparisons");
  EXPECT_DOUBLE_EQ(result.effects[0].p_adjusted.value(), result.effects[0].absolute.p.value());
  EXPECT_DOUBLE_EQ(result.effects[1].p_adjusted.value(), 2 * result.effects[1].absolute.p.value());
}

/// The guardrail metric of a test that has a primary one beside it.
Effect guarded(const Guardrail& rail, bool higher_is_better, double moved) {
  Trial trial;
  trial.arm("control", around(10, 400));
  trial.arm("treatment", around(10, 400));
  trial.design.metrics.push_back({.name = "latency",
                                  .column = "latency",
                                  .higher_is_better = higher_is_better,
                                  .guardrail = rail});
  MetricGathering gathering(trial.design.metrics[1], 1, 2);
  for (const auto& [arm, mean] : {std::pair{0, 100.0}, std::pair{1, 100.0 + moved}})
    gathering.add({around(mean, 400), {}}, std::vector<int32_t>(400),
                  std::vector<int16_t>(400, static_cast<int16_t>(arm)));
  trial.gathered().cells.push_back({gathering.cell(0, 0), gathering.cell(0, 1)});
  return trial.judged().effects.at(1);
}

TEST(AbResult, AGuardrailIsKeptBrokenOrUndecidedByItsWorstEnd) {
  const Guardrail two_percent{.loss = std::nullopt, .loss_relative = 0.02};
  EXPECT_EQ(guarded(two_percent, false, 1.0).verdict, "guardrail kept");
  EXPECT_EQ(guarded(two_percent, false, 4.0).verdict, "guardrail broken");
  EXPECT_EQ(guarded(two_percent, false, 2.0).verdict, "undecided");
  EXPECT_EQ(guarded(two_percent, true, 4.0).verdict, "guardrail kept");
  EXPECT_EQ(guarded({.loss = 1.0, .loss_relative = std::nullopt}, true, -2.0).verdict,
            "guardrail broken");
}

TEST(AbResult, MissingValuesAreLeftOutAndCounted) {
  Trial trial;
  std::vector<double> with_gaps = around(11, 400);
  with_gaps[3] = with_gaps[7] = kNone;
  trial.arm("control", around(10, 400));
  trial.arm("treatment", with_gaps);
  EXPECT_EQ(trial.effect().absolute.n, 798);
  EXPECT_EQ(trial.effect().absolute.excluded, 2);
}

TEST(AbResult, DaysGatherUpToTheirEnd) {
  Trial trial;
  const std::vector<double> control = around(10, 400);
  const std::vector<double> treatment = around(11, 400);
  trial.arm("control", control);
  trial.arm("treatment", treatment);
  const auto part = [&](size_t from, size_t to) {
    std::vector<Cell> cells;
    for (const auto* values : {&control, &treatment}) {
      MetricGathering gathering(trial.design.metrics[0], 1, 1);
      const std::span<const double> days(values->data() + from, to - from);
      gathering.add({days, {}}, std::vector<int32_t>(to - from), std::vector<int16_t>(to - from));
      cells.push_back(gathering.cell(0, 0));
    }
    return cells;
  };
  trial.gathered().days = {{"2026-12-01", part(0, 100)}, {"2026-12-02", part(100, 400)}};
  const Result result = trial.judged();
  ASSERT_EQ(result.days.size(), 2);
  trial.design.sequential = 5000;
  const Effect all = trial.effect();
  EXPECT_NEAR(result.days[1].absolute.value.value(), all.absolute.value.value(), 1e-12);
  EXPECT_NEAR(result.days[1].absolute.interval->low, all.absolute.interval->low, 1e-9);
  EXPECT_EQ(result.days[0].absolute.n, 200);
}

TEST(AbResult, TheBayesianSummaryHasLowerIsBetterTurnedRound) {
  Trial trial;
  trial.design.bayesian = true;
  trial.arm("control", around(10, 400));
  trial.arm("treatment", around(10.1, 400));
  const double chance = trial.effect().uplift->chance_to_win.value();
  EXPECT_GT(chance, 0.8);
  trial.design.metrics[0].higher_is_better = false;
  EXPECT_NEAR(trial.effect().uplift->chance_to_win.value(), 1 - chance, 1e-12);
}

TEST(AbResult, UnitsNeededAreThoseOfStatsmodelsAndFewerWithCuped) {
  Design design;
  const Metric metric{.name = "revenue", .column = "revenue", .before = "before"};
  MetricGathering gathering(metric, 1, 1);
  std::vector<double> before = around(5, 10'000);
  std::vector<double> now = before;
  for (size_t i = 0; i < now.size(); ++i) now[i] += i % 4 < 2 ? 1.0 : -1.0;
  gathering.add({now, before}, std::vector<int32_t>(now.size()), std::vector<int16_t>(now.size()));
  const Cell cell = gathering.cell(0, 0);
  const double sd = std::sqrt(cell.moments.variance);
  const UnitsNeeded needed = units_needed(cell, metric, 0.1 * sd, design);
  EXPECT_EQ(needed.plain,
            std::ceil(ab_case("n_per_group_t_d0.1")["expected"]["n_per_group"].get<double>()));
  EXPECT_NEAR(needed.cuped.value(), needed.plain.value() / 2, 3);
}

}  // namespace
}  // namespace assay::ab
