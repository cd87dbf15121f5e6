#include "report/power_forecast.h"

#include <gmock/gmock.h>

#include "faked_run.h"
#include "stats/power.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using faked::kNdcg;
using faked::TrialValues;
using ::testing::ElementsAre;

constexpr int kRequests = 400;
const task::MetricAt kPrimary{kNdcg, 10};

void add_requests(FakedRun& run) {
  const std::vector<std::string> ids(kRequests, "u");
  std::vector<int32_t> users(kRequests), truth(kRequests, 0);
  std::vector<int64_t> times(kRequests, 1), offsets(kRequests + 1);
  for (int r = 0; r < kRequests; ++r) users[r] = r;
  for (int r = 0; r <= kRequests; ++r) offsets[r] = r;
  results::RequestSetRow row{.request_set = "requests-ml100k",
                             .prepared_hash = "7f",
                             .fold = "all",
                             .window = "test",
                             .user_ids = ids,
                             .users = users,
                             .times = times,
                             .truth_offsets = offsets,
                             .truth_items = truth};
  run.database.write(row);
}

/// ndcg of 0.5, and `size` more or less in turn.
TrialValues in_turn(float size) {
  TrialValues left;
  for (int r = 0; r < kRequests; ++r) {
    left.columns[{"served", kNdcg, 10}].push_back(0.5F + (r % 2 == 0 ? size : -size));
  }
  return left;
}

/// Differences from control are -0.1 and 0.1 in turn for ease, and twice that for wide.
void fill(FakedRun& run) {
  run.data("ml100k");
  add_requests(run);
  const std::vector<std::pair<std::string, float>> sizes = {
      {"control", 0.0F}, {"ease", 0.1F}, {"wide", 0.2F}};
  for (const auto& [name, size] : sizes) {
    run.variant(name);
    run.trial(name, "ml100k", std::nullopt, in_turn(size));
  }
}

PowerForecast look(const FakedRun& run, const task::CompareSpec& compare,
                   const std::string& request_set = "requests-ml100k") {
  return power_forecast(results::Reader(run.database), {request_set}, kPrimary, compare);
}

TEST(PowerForecast, TakesTheWidestOfTheEarlierComparisons) {
  FakedRun run;
  fill(run);
  const task::CompareSpec compare{.baseline = "control", .margin = 0.02};
  const PowerForecast got = look(run, compare);
  EXPECT_EQ(got.n(), kRequests);
  EXPECT_EQ(got.variants.size(), 2U);
  const double sd = 0.2 * std::sqrt(kRequests / (kRequests - 1.0));
  EXPECT_NEAR(*got.detectable(), *stats::paired_minimum_detectable_effect(kRequests, sd), 1e-8);
  EXPECT_NEAR(*got.needed(), stats::pairs_needed(0.02 / sd), 1.0);
  EXPECT_EQ(power_line(got, "ml100k", kPrimary, compare),
            "ndcg@10 on ml100k, n = 400 requests: minimum detectable difference 0.014 to 0.028, by "
            "variant (alpha .05, power .8)");
  EXPECT_THAT(sample_size_lines(got, compare),
              ElementsAre("the margin of 0.02 needs 789 requests (wide; the others need fewer)"));
}

// The pairs that the margin needs are those at which the margin is what can just be seen.
TEST(PowerForecast, TheMarginIsJustSeenWithAsManyRequestsAsItNeeds) {
  FakedRun run;
  fill(run);
  const PowerForecast before = look(run, {.baseline = "control"});
  const PowerForecast got = look(run, {.baseline = "control", .margin = *before.detectable()});
  EXPECT_NEAR(*got.needed(), kRequests, 1.0);
}

// As Holm will: the smallest of so many p values is multiplied by their number.
TEST(PowerForecast, CorrectsForAllComparisonsOfTheFile) {
  FakedRun run;
  fill(run);
  const task::CompareSpec compare{.baseline = "control"};
  const PowerForecast got =
      power_forecast(results::Reader(run.database), {"requests-ml100k"}, kPrimary, compare, 9);
  const double ratio = *got.detectable() / *look(run, compare).detectable();
  EXPECT_NEAR(ratio,
              stats::detectable_noncentrality(kRequests - 1, {0.05 / 9, 0.8}) /
                  stats::detectable_noncentrality(kRequests - 1, {0.05, 0.8}),
              1e-9);
  EXPECT_THAT(power_line(got, "ml100k", kPrimary, compare),
              ::testing::HasSubstr("(alpha .05 over 9 comparisons, power .8)"));
}

TEST(PowerForecast, ABaselineThatWasNeverRunIsReplacedByTheFirst) {
  FakedRun run;
  fill(run);
  const PowerForecast got = look(run, {.baseline = "new"});
  EXPECT_EQ(got.variants.size(), 2U);
  EXPECT_FALSE(got.needed());
}

// Seeds of steady move all requests alike, by 0.1: more requests would not help.
TEST(PowerForecast, SeedsThatMoveMoreThanTheMarginHideIt) {
  FakedRun run;
  run.data("ml100k");
  add_requests(run);
  run.variant("control");
  run.variant("drawn");
  run.trial("control", "ml100k", std::nullopt, in_turn(0.0F));
  for (const int seed : {1, 2, 3}) {
    TrialValues left = in_turn(0.01F);
    for (float& value : left.columns.begin()->second) value += 0.1F * static_cast<float>(seed);
    run.trial("drawn", "ml100k", seed, left);
  }
  const task::CompareSpec compare{.baseline = "control", .margin = 0.01};
  const PowerForecast got = look(run, compare);
  EXPECT_GT(*got.detectable(), 0.1);
  EXPECT_FALSE(got.needed());
  EXPECT_THAT(sample_size_lines(got, compare),
              ElementsAre("the variance between seeds of drawn hides the margin of 0.01 however "
                          "many the requests; use more seeds"));
}

TEST(PowerForecast, WithoutEarlierValuesItSaysSo) {
  FakedRun run;
  const PowerForecast got = look(run, {}, "nowhere");
  EXPECT_FALSE(got.detectable());
  EXPECT_EQ(power_line(got, "ml100k", kPrimary, {}),
            "ndcg@10 on ml100k: unknown: this database has no two variants on the same requests "
            "yet");
}

}  // namespace
}  // namespace assay::report
