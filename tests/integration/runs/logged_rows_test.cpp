#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "integration/runs/workbench.h"
#include "metric_catalog/metric_definition.h"

// Requests and candidates that were logged, through real workers.

namespace assay::testing {
namespace {

constexpr int kRequests = 400, kRows = 5, kItems = 40, kFirstTest = 300;

int shown_item(int request, int row) { return (request * 7 + row * 3) % kItems; }
bool is_clicked(int item) { return item % 4 == 0; }
int allowed_item(int request, int place) { return (request + place) % kItems; }

/// 400 requests of nobody, a second apart, five rows each at positions 1 to 5; items whose number
/// divides by four are clicked; three items are allowed in every request but each tenth.
std::string rows() {
  std::string out = "request,item,at,place,p,might,clicked\n";
  for (int r = 0; r < kRequests; ++r) {
    for (int row = kRows - 1; row >= 0; --row)
      out += fmt::format(
          "r{},{},{},{},0.2,{},{}\n", r, shown_item(r, row), 1'600'000'000 + r, row + 1,
          r % 10 == 0
              ? std::string()
              : fmt::format("{}|{}|{}", allowed_item(r, 0), allowed_item(r, 1), allowed_item(r, 2)),
          is_clicked(shown_item(r, row)) ? 1 : 0);
  }
  return out;
}

std::string experiment(const Workbench& bench, const std::string& candidates,
                       const std::string& variants) {
  bench.write("rows.csv", rows());
  return fmt::format(R"(name: logged
device: cpu
data:
  source:
    impressions:
      path: rows.csv
      format: csv
      columns: {{request: request, item: item, time: at, position: place, propensity: p, allowed: might}}
      labels: {{click: {{column: clicked, equals: 1}}}}
  split: {{method: global_time, rank: 0.25, validation: 0, test: 0.25}}
traffic: {{requests: logged, candidates: {}}}
serve: {{size: 5}}
metrics: {{groups: [accuracy], cutoffs: [5], primary: ndcg@5}}
variants:
{})",
                     candidates, variants);
}

std::vector<int> list_of(const results::Slates& slates, int request) {
  const auto first = slates.items.begin() + static_cast<int64_t>(request) * slates.size;
  return {first, first + slates.size};
}

TEST(LoggedCandidates, AreServedAsShownAndRankedByWhatTheRankWindowTells) {
  const Workbench bench;
  const execution::RunOutcome outcome =
      bench.run(experiment(bench, "logged",
                           "  as_shown: {}\n"
                           "  ranked: {rank: [{plugin: logistic_regression}]}\n"));
  ASSERT_TRUE(outcome.failed.empty());
  const results::Slates shown = bench.slates("as_shown", std::nullopt);
  const results::Slates ranked = bench.slates("ranked", std::nullopt);
  ASSERT_EQ(shown.requests, kRequests - kFirstTest);
  for (int r = 0; r < kRequests - kFirstTest; ++r) {
    std::vector<int> expected, got = list_of(ranked, r);
    for (int row = 0; row < kRows; ++row) expected.push_back(shown_item(kFirstTest + r, row));
    ASSERT_EQ(list_of(shown, r), expected) << "request " << r;
    std::ranges::sort(expected);
    std::ranges::sort(got);
    ASSERT_EQ(got, expected) << "request " << r;
  }
}

TEST(LoggedCandidates, RequestsWithoutAClickAreServedAndLeftOutOfAccuracy) {
  const Workbench bench;
  bench.run(experiment(bench, "logged", "  as_shown: {}\n"));
  const std::vector<float> ndcg =
      bench.values("as_shown", metric_catalog::parse_metric("ndcg").id, 5);
  ASSERT_EQ(ndcg.size(), static_cast<size_t>(kRequests - kFirstTest));
  for (int r = 0; r < kRequests - kFirstTest; ++r) {
    double gain = 0, ideal = 0;
    int clicks = 0;
    for (int row = 0; row < kRows; ++row) {
      if (!is_clicked(shown_item(kFirstTest + r, row))) continue;
      gain += 1 / std::log2(row + 2);
      ideal += 1 / std::log2(++clicks + 1);
    }
    const float value = ndcg[static_cast<size_t>(r)];
    if (clicks == 0)
      EXPECT_TRUE(std::isnan(value));
    else
      EXPECT_NEAR(value, gain / ideal, 1e-6);
  }
}

TEST(AllowedCandidates, AreAllThatRecallMayChoose) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(
      experiment(bench, "allowed", "  popular: {recall: [{plugin: popularity, k: 10}]}\n"));
  ASSERT_TRUE(outcome.failed.empty());
  const results::Slates slates = bench.slates("popular", std::nullopt);
  ASSERT_EQ(slates.requests, kRequests - kFirstTest);
  for (int r = 0; r < slates.requests; ++r) {
    const int request = kFirstTest + r;
    std::vector<int> got = list_of(slates, r);
    if (request % 10 == 0) {  // none is named: all are allowed
      EXPECT_EQ(std::ranges::count(got, -1), 0) << "request " << r;
      continue;
    }
    for (const int item : got)
      EXPECT_TRUE(item == -1 || (item - request % kItems + kItems) % kItems < 3)
          << "request " << r << " was served " << item;
  }
}

TEST(LoggedRequests, OfNobodyAreServedByRecall) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(
      experiment(bench, "retrieved", "  popular: {recall: [{plugin: popularity, k: 10}]}\n"));
  ASSERT_TRUE(outcome.failed.empty());
  int with_click = 0;
  for (int r = kFirstTest; r < kRequests; ++r) {
    bool any = false;
    for (int row = 0; row < kRows; ++row) any |= is_clicked(shown_item(r, row));
    with_click += any;
  }
  EXPECT_EQ(bench.slates("popular", std::nullopt).requests, with_click);
  EXPECT_EQ(bench.number("select count(*) from request_user where user_ids like '%anonymous%'"), 0);
}

}  // namespace
}  // namespace assay::testing
