#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "integration/runs/workbench.h"
#include "report/comparison_text.h"

// Requests that a recall source does not know (`unknown`), through real workers.

namespace assay::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kWarm = 60, kCold = 20;

/// Users 0 to 59 have events all the time; 60 to 79 come in the last third only.
std::string shop_log() {
  std::string out = "user,item,time\n";
  uint64_t state = 7;
  const auto draw = [&state](uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (int event = 0; event < 1800; ++event) {
    const uint64_t user = draw(event < 1200 ? kWarm : kWarm + kCold);
    // Few want the items of small ids.
    const uint64_t item = 39 - std::min(draw(40), draw(40));
    out += fmt::format("{},{},{}\n", user, item, 1'600'000'000 + event * 60);
  }
  return out;
}

constexpr char kVariants[] = R"(
variants:
  popular: {recall: [{plugin: popularity, k: 10}]}
  similar: {recall: [{plugin: ease, k: 10}]}
  whole: {recall: [{plugin: ease, k: 10, unknown: {plugin: popularity}}]}
  mixed:
    recall: [{plugin: item_knn, k: 30, unknown: {plugin: popularity}}, {plugin: popularity, k: 20}]
    rank: [{plugin: logistic_regression, keep: 20}]
    rerank: [{plugin: mmr}]
)";

std::string shop(const Workbench& bench, const std::string& rest) {
  bench.write("shop.csv", shop_log());
  return R"(name: shop
device: cpu
data:
  source: {path: shop.csv, format: csv, columns: {user: user, item: item, time: time}}
  split: {method: global_time, rank: 0.1, validation: 0, test: 0.3}
serve: {size: 10}
metrics: {groups: [accuracy], cutoffs: [10], primary: ndcg@10}
)" + rest;
}

using Slate = std::vector<int32_t>;

Slate slate_of(const results::Slates& slates, int64_t request) {
  const auto first = slates.items.begin() + request * slates.size;
  return {first, first + slates.size};
}

class UnknownRequests : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Workbench>();
    outcome_ = bench_->run(shop(*bench_, kVariants), {.smoke = true});
    database_.emplace(results::Database::open_readonly(bench_->path("results.sqlite")));
    reader_ = std::make_unique<results::Reader>(*database_);
  }
  static void TearDownTestSuite() {
    reader_.reset();
    database_.reset();
    bench_.reset();
  }
  static std::string trial_of(const std::string& variant) {
    for (const results::RunTrial& trial : reader_->trials(1))
      if (trial.variant == variant) return trial.trial_key;
    return "";
  }
  static std::vector<int32_t> unknown_to(const std::string& variant, const std::string& place) {
    for (const results::UnknownRequests& one : reader_->unknown_requests(trial_of(variant)))
      if (one.place == place) return one.requests;
    return {};
  }

  static inline execution::RunOutcome outcome_;
  static inline std::unique_ptr<Workbench> bench_;
  static inline std::optional<results::Database> database_;
  static inline std::unique_ptr<results::Reader> reader_;
};

TEST_F(UnknownRequests, AreAnsweredByTheStageAtUnknownAndTheOthersByTheSource) {
  ASSERT_THAT(outcome_.failed, IsEmpty());
  const results::Slates popular = bench_->slates("popular", std::nullopt),
                        similar = bench_->slates("similar", std::nullopt),
                        whole = bench_->slates("whole", std::nullopt);
  int empty = 0;
  for (int64_t request = 0; request < whole.requests; ++request) {
    const Slate own = slate_of(similar, request);
    const bool unknown = own.front() < 0;
    empty += unknown ? 1 : 0;
    EXPECT_EQ(slate_of(whole, request), unknown ? slate_of(popular, request) : own) << request;
  }
  EXPECT_GT(empty, 5);
  EXPECT_LT(empty, whole.requests);
}

TEST_F(UnknownRequests, AreCountedAndKeptByRequest) {
  const std::vector<int32_t> unknown = unknown_to("whole", "recall[0]");
  const results::Slates similar = bench_->slates("similar", std::nullopt);
  std::vector<int32_t> empty;
  for (int64_t request = 0; request < similar.requests; ++request)
    if (slate_of(similar, request).front() < 0) empty.push_back(static_cast<int32_t>(request));
  EXPECT_EQ(unknown, empty);
  EXPECT_EQ(unknown_to("similar", "recall[0]"), empty) << "also where nobody answers them";
  EXPECT_THAT(unknown_to("whole", "recall[0].unknown"), IsEmpty()) << "popularity knows everybody";
  EXPECT_THAT(unknown_to("popular", "recall[0]"), IsEmpty());
  EXPECT_EQ(bench_->number("select unknown from unknown_requests where variant = 'whole'"),
            static_cast<double>(empty.size()));
  EXPECT_EQ(bench_->text("select plugin from unknown_requests where variant = 'mixed'"),
            "item_knn");
}

TEST_F(UnknownRequests, AreToldBesideTheVerdict) {
  std::string text = report::comparison_text(*database_, {});
  std::ranges::replace(text, '\n', ' ');
  const size_t unknown = unknown_to("whole", "recall[0]").size();
  const auto requests = bench_->slates("whole", std::nullopt).requests;
  EXPECT_THAT(text, HasSubstr(fmt::format("ease does not know {} of {} requests (recall[0] of "
                                          "whole); popularity answered them.",
                                          unknown, requests)));
  EXPECT_THAT(text, HasSubstr(fmt::format("ease does not know {} of {} requests (recall[0] of "
                                          "similar); their lists are empty.",
                                          unknown, requests)));
}

TEST_F(UnknownRequests, ShareTheModelOfAnIdenticalStage) {
  EXPECT_EQ(bench_->number("select count(distinct artifact_key) from trial_artifact join artifact "
                           "using (artifact_key) where artifact.plugin = 'popularity'"),
            1);
  EXPECT_EQ(bench_->text("select plugin from variant join stage using (variant_id) where "
                         "name = 'whole' and place = 'recall[0].unknown'"),
            "popularity");
}

TEST_F(UnknownRequests, AreExplainedByWhoAnsweredThem) {
  std::vector<std::string> places;
  for (const results::Explanations& one : reader_->explanations(trial_of("mixed")))
    places.push_back(one.place);
  EXPECT_THAT(places, ::testing::Contains("recall[0]"));
  const results::Slates mixed = bench_->slates("mixed", std::nullopt);
  EXPECT_THAT(mixed.items, Each(::testing::Ge(0))) << "popularity fills every list";
}

TEST(UnknownRequestsOfATrial, LeaveKeysAsTheyAreWhereNobodyAnswers) {
  const Workbench bench;
  const std::string same = "variants:\n  similar: {recall: [{plugin: ease, k: 10}]}\n";
  bench.run(shop(bench, same));
  const execution::RunOutcome outcome = bench.run(shop(bench, kVariants));
  EXPECT_EQ(outcome.found, 1) << "similar, from the run before";
}

TEST(UnknownRequestsOfATrial, CostWhatAnsweringThemTakes) {
  const Workbench bench;
  bench.run(shop(bench,
                 "latency: {rounds: 1, warmup_requests: 5, scenarios: [{kind: single_stream, "
                 "requests: 40}]}\n"
                 "variants:\n"
                 "  whole: {recall: [{plugin: ease, k: 10, unknown: {plugin: popularity}}]}\n"));
  EXPECT_GT(bench.number("select count(*) from latency where stage = 'recall[0].unknown'"), 0);
}

TEST(UnknownRequestsOfATrial, MayBeUnknownToWhoAnswersToo) {
  const Workbench bench;
  bench.run(shop(bench,
                 "variants:\n"
                 "  similar: {recall: [{plugin: ease, k: 10, unknown: {plugin: item_knn}}]}\n"));
  const auto database = results::Database::open_readonly(bench.path("results.sqlite"));
  std::string text = report::comparison_text(database, {});
  std::ranges::replace(text, '\n', ' ');
  EXPECT_THAT(text, HasSubstr("item_knn answered them but for"));
}

}  // namespace
}  // namespace assay::testing
