/// Variants of which one has a value for a request and another one has none.

#include "report/alike_means.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "unit/report/faked_run.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using faked::kDistance;
using faked::kNaN;
using faked::kNdcg;
using faked::TrialValues;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kRequests = 300;

/// Control has 0.5 everywhere but for the first 60 requests, where it has 0.1; ease is 0.01 better
/// and has no value for the requests of `lacks`.
void fill(FakedRun& run, const std::function<bool(int)>& lacks, const std::string& metric = kNdcg) {
  run.data("ml100k");
  run.variant("control");
  run.variant("ease");
  TrialValues control, ease;
  for (int r = 0; r < kRequests; ++r) {
    const float base = (r < 60 ? 0.1F : 0.5F) + 0.001F * static_cast<float>(faked::uniform(1, r));
    control.columns[{"served", metric, 10}].push_back(base);
    ease.columns[{"served", metric, 10}].push_back(lacks(r) ? kNaN : base + 0.01F);
    if (metric == kNdcg) continue;
    for (TrialValues* values : {&control, &ease})
      values->columns[{"served", kNdcg, 10}].push_back(base);
  }
  run.trial("control", "ml100k", std::nullopt, control);
  run.trial("ease", "ml100k", std::nullopt, ease);
  run.finish();
}

std::string spaced(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

TEST(AlikeMeans, AreOverTheRequestsForWhichEveryVariantHasAValue) {
  FakedRun run;
  fill(run, [](int r) { return r < 60; });
  const std::string text = run.text();
  EXPECT_THAT(spaced(text), HasSubstr("n = 240 requests, 60 left out: only one side has a value"));
  EXPECT_THAT(text, HasSubstr("served slate, n = 240"));
  EXPECT_THAT(spaced(text),
              HasSubstr("means of ndcg@10 over the 240 of 300 requests for which every variant has "
                        "a value (ease has none for 60)"));
  const auto board =
      nlohmann::json::parse(run.text({.format = TextFormat::json}))["datasets"][0]["leaderboard"];
  ASSERT_EQ(board.size(), 2U);
  EXPECT_EQ(board[0]["variant"], "ease");
  EXPECT_NEAR(board[0]["mean"].get<double>() - board[1]["mean"].get<double>(), 0.01, 1e-6);
  EXPECT_NEAR(board[1]["mean"].get<double>(), 0.5005, 0.0002) << "not 0.42, as over all of its own";
  EXPECT_EQ(board[1]["requests"], 300);
  EXPECT_EQ(board[1]["excluded_requests"], 60);
}

TEST(AlikeMeans, LeaveTheRecordedOnesAsTheyAre) {
  FakedRun run;
  fill(run, [](int r) { return r < 60; });
  const results::QueryAnswer answer =
      results::Reader(run.database)
          .query(
              "SELECT mean, excluded_requests FROM leaderboard WHERE variant = 'control' AND "
              "metric = 'ndcg'");
  EXPECT_NEAR(std::get<double>(answer.rows[0][0]), 0.4205, 0.0002);
  EXPECT_EQ(std::get<int64_t>(answer.rows[0][1]), 0);
}

TEST(AlikeMeans, AreSaidOfTheColumnsBesideTheMetricToo) {
  FakedRun run;
  fill(
      run, [](int r) { return r < 60; }, kDistance);
  const std::string text = run.text();
  EXPECT_THAT(spaced(text), HasSubstr("means of intra_list_distance@10 over the 240 of 300"));
  EXPECT_THAT(text, Not(HasSubstr("left out: only one side")));
  const auto board =
      nlohmann::json::parse(run.text({.format = TextFormat::json}))["datasets"][0]["leaderboard"];
  for (const auto& row : board)
    EXPECT_NEAR(row["columns"]["diversity@10"]["value"].get<double>(), 0.505, 0.006);
}

TEST(AlikeMeans, WhereEveryVariantHasEveryValueNothingIsSaid) {
  FakedRun run;
  fill(run, [](int) { return false; });
  EXPECT_THAT(run.text(), Not(HasSubstr("for which every variant")));
}

TEST(AlikeMeans, OfRequestsThatNoVariantHasAValueForNothingIsSaid) {
  FakedRun run;
  run.data("ml100k");
  TrialValues values;
  for (int r = 0; r < kRequests; ++r)
    values.columns[{"served", kNdcg, 10}].push_back(
        r < 60 ? kNaN : static_cast<float>(faked::uniform(1, r)));
  for (const char* name : {"control", "ease"}) {
    run.variant(name);
    run.trial(name, "ml100k", std::nullopt, values);
  }
  run.finish();
  EXPECT_THAT(run.text(), Not(HasSubstr("for which every variant")));
  EXPECT_THAT(run.text(), Not(HasSubstr("left out")));
}

}  // namespace
}  // namespace assay::report
