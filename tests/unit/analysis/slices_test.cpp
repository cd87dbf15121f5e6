#include "analysis/slices.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "analysis/item_slices.h"
#include "metric_catalog/metric_definition.h"
#include "unit/report/faked_run.h"

namespace assay::analysis {
namespace {

using faked::FakedRun;
using faked::kNdcg;
using faked::TrialValues;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kRequests = 300;

/// Requests of users 0 .. n-1 at times n .. 1, each with items 0 and 1 relevant.
void add_requests(FakedRun& run) {
  std::vector<std::string> ids(kRequests, "u");
  std::vector<int32_t> users, truth;
  std::vector<int64_t> times, offsets = {0};
  for (int r = 0; r < kRequests; ++r) {
    users.push_back(r);
    times.push_back(kRequests - r);
    truth.insert(truth.end(), {0, 1});
    offsets.push_back(2 * (r + 1));
  }
  results::RequestSetRow row;
  row.request_set = "requests-ml100k";
  row.prepared_hash = "7f3c0123456789";
  row.fold = "all";
  row.window = "test";
  row.user_ids = ids;
  row.users = users;
  row.times = times;
  row.truth_offsets = offsets;
  row.truth_items = truth;
  run.database.write(row);
}

/// Users below 100 are F, the others M, and user 299 neither; item 0 is a drama, item 1 both.
void add_labels(FakedRun& run) {
  results::LabelRow users{
      .prepared_hash = "7f3c0123456789", .cut = "user.gender", .labels = {"F", "M"}};
  users.offsets = {0};
  for (int u = 0; u < kRequests; ++u) {
    if (u < 299) users.codes.push_back(u < 100 ? 0 : 1);
    users.offsets.push_back(std::ssize(users.codes));
  }
  run.database.write(users);
  run.database.write(results::LabelRow{.of = results::LabelRow::Of::items,
                                       .prepared_hash = "7f3c0123456789",
                                       .cut = "item.genre",
                                       .labels = {"drama", "war"},
                                       .offsets = {0, 1, 3},
                                       .codes = {0, 0, 1}});
}

/// ndcg of F is 0.2 lower for ease, of M 0.1 higher.
void fill(FakedRun& run, const std::vector<std::string>& slices) {
  run.data("ml100k");
  run.variant("control");
  run.variant("ease");
  add_requests(run);
  add_labels(run);
  TrialValues control, ease;
  for (int r = 0; r < kRequests; ++r) {
    const auto base = static_cast<float>(0.3 + 0.1 * faked::uniform(1, r));
    const auto noise = static_cast<float>(0.02 * faked::uniform(2, r));
    control.columns[{"served", kNdcg, 10}].push_back(base);
    ease.columns[{"served", kNdcg, 10}].push_back(base + noise + (r < 100 ? -0.2F : 0.1F));
  }
  run.trial("control", "ml100k", std::nullopt, control);
  run.trial("ease", "ml100k", std::nullopt, ease);
  run.settings.metrics.slices = slices;
  run.finish();
}

std::map<std::string, std::pair<double, int64_t>> comparisons_of(FakedRun& run) {
  std::map<std::string, std::pair<double, int64_t>> found;
  const results::QueryAnswer answer = results::Reader(run.database)
                                          .query(
                                              "SELECT slice, difference, n, family, verdict FROM "
                                              "comparisons WHERE metric = 'ndcg'");
  for (const auto& row : answer.rows) {
    const std::string slice = std::get<std::string>(row[0]);
    found[slice] = {std::get<double>(row[1]), std::get<int64_t>(row[2])};
    if (slice == "all") continue;
    EXPECT_EQ(std::get<std::string>(row[3]), "exploratory");
    EXPECT_EQ(std::get<std::string>(row[4]), "exploratory");
  }
  return found;
}

TEST(Slices, OfUsersHoldTheirOwnRequestsOnly) {
  FakedRun run;
  fill(run, {"user.gender"});
  const auto found = comparisons_of(run);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_NEAR(found.at("user.gender: F").first, -0.19, 0.005);
  EXPECT_EQ(found.at("user.gender: F").second, 100);
  EXPECT_NEAR(found.at("user.gender: M").first, 0.11, 0.005);
  EXPECT_EQ(found.at("user.gender: M").second, 199);
  EXPECT_EQ(found.at("all").second, kRequests);
}

TEST(Slices, OfTimeAreEqualPartsOldestFirst) {
  FakedRun run;
  fill(run, {"time: 3"});
  const auto found = comparisons_of(run);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_NEAR(found.at("time: 1 of 3").first, 0.11, 0.005);  // the last users came first
  EXPECT_NEAR(found.at("time: 3 of 3").first, -0.19, 0.005);
  EXPECT_EQ(found.at("time: 2 of 3").second, 100);
}

TEST(Slices, TheWorstOneIsNamed) {
  FakedRun run;
  fill(run, {"user.gender", "time: 2"});
  EXPECT_THAT(run.text(), HasSubstr("Worst slice of ease: user.gender: F, -0.19"));
  EXPECT_THAT(run.text(), HasSubstr("n = 100 requests (exploratory)."));
}

TEST(Slices, SummariesOfSlicesAreInTheLeaderboard) {
  FakedRun run;
  fill(run, {"user.gender"});
  const results::QueryAnswer answer =
      results::Reader(run.database)
          .query(
              "SELECT requests FROM leaderboard WHERE variant = 'ease' "
              "AND slice = 'user.gender: M' AND metric = 'ndcg'");
  ASSERT_EQ(answer.rows.size(), 1u);
  EXPECT_EQ(std::get<int64_t>(answer.rows[0][0]), 199);
}

TEST(Slices, ABoardShowsOneOfThem) {
  FakedRun run;
  fill(run, {"user.gender"});
  const std::string text = run.text({.slice = "user.gender: F", .details = true});
  EXPECT_THAT(text, HasSubstr("ml100k, served slate, user.gender: F, n = 100"));
  EXPECT_THAT(text, StartsWith("ease compared with control on ndcg@10 in user.gender: F "
                               "(exploratory, no verdict): -0.19"));
  EXPECT_THAT(text, Not(HasSubstr("Worst slice")));
}

// What the file asked for stands in the run's own record of it.
TEST(Slices, AreComparedWithAnotherBaselineToo) {
  FakedRun run([](results::RunRow& row) { row.config += "metrics:\n  slices: [user.gender]\n"; });
  fill(run, {"user.gender"});
  const std::string text = run.text({.slice = "user.gender: F", .baseline = "ease"});
  EXPECT_THAT(text, HasSubstr("control"));
  EXPECT_THAT(text, HasSubstr("+0.19"));
  EXPECT_THAT(run.text({.baseline = "ease"}),
              HasSubstr("Worst slice of control: user.gender: M, -0.10"));
}

TEST(Slices, AnUnknownOneIsAnsweredWithTheNearName) {
  FakedRun run;
  fill(run, {"user.gender"});
  EXPECT_THAT(faked::user_error([&] { run.text({.slice = "user.gender: f"}); }),
              HasSubstr("user.gender: f is no slice of run 1; did you mean \"user.gender: F\"?"));
}

TEST(Slices, WithoutThemNothingChanges) {
  FakedRun run;
  fill(run, {});
  EXPECT_EQ(comparisons_of(run).size(), 1u);
  EXPECT_THAT(run.text(), Not(HasSubstr("Worst slice")));
}

results::Slates slates_of(int size, std::vector<int32_t> items) {
  results::Slates slates;
  slates.size = size;
  slates.items = std::move(items);
  slates.requests = std::ssize(slates.items) / size;
  return slates;
}

// Request 0 is served 3, 1, 0 with 0, 1 and 2 relevant; request 1 is served 2 and has 4.
TEST(ItemSlices, OnlyItemsOfTheSliceAreRelevant) {
  const results::Slates slates = slates_of(3, {3, 1, 0, 2, -1, -1});
  const results::ItemLists truth{{0, 3, 4}, {0, 1, 2, 4}};
  const std::vector<char> in_slice = {0, 1, 1, 1, 0};
  const auto value = [&](const char* metric, int cutoff) {
    return analysis::sliced_values(slates, truth, in_slice,
                                   *rules::find_hit_rule(metric_catalog::parse_metric(metric).id),
                                   cutoff);
  };
  EXPECT_FLOAT_EQ(value("recall", 3)[0], 0.5F);
  EXPECT_FLOAT_EQ(value("recall{den=min(R,k)}", 1)[0], 0.0F);
  EXPECT_FLOAT_EQ(value("precision", 3)[0], 1.0F / 3.0F);
  EXPECT_FLOAT_EQ(value("hit_rate", 2)[0], 1.0F);
  EXPECT_FLOAT_EQ(value("mrr", 3)[0], 0.5F);
  EXPECT_FLOAT_EQ(value("map", 3)[0], 0.25F);
  EXPECT_FLOAT_EQ(value("ndcg", 3)[0],
                  static_cast<float>((1.0 / std::log2(3.0)) / (1.0 + 1.0 / std::log2(3.0))));
  EXPECT_FLOAT_EQ(value("ndcg{ideal=k}", 3)[0],
                  static_cast<float>((1.0 / std::log2(3.0)) / (1.5 + 1.0 / std::log2(3.0))));
  EXPECT_FLOAT_EQ(value("map{norm=hits}", 3)[0], 0.5F);
  EXPECT_TRUE(std::isnan(value("recall", 3)[1]));  // item 4 is not in the slice
}

TEST(ItemSlices, OtherMetricsAreLeftOut) {
  EXPECT_EQ(rules::find_hit_rule(faked::kDistance), nullptr);
  EXPECT_EQ(rules::find_hit_rule("recall{den=of a later version}"), nullptr);
}

}  // namespace
}  // namespace assay::analysis
