#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "integration/runs/workbench.h"
#include "results/explained_table.h"
#include "task/request_sample.h"

namespace assay::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kVariants[] = R"(
variants:
  similar:
    recall: [{plugin: item_knn, k: 30}, {plugin: popularity, k: 20}]
    rank: [{plugin: logistic_regression, keep: 25}]
    rerank: [{plugin: mmr}]
  alone: {recall: [{plugin: ease, k: 40}]}
)";

/// The trial of a variant in an open file, with what was kept of its stages.
struct Kept {
  Kept(const results::Reader& reader, const std::string& variant) {
    for (const results::RunTrial& trial : reader.trials(reader.runs().back().run_id)) {
      if (trial.variant != variant) continue;
      key = trial.trial_key;
      truth = reader.truth(trial.request_set);
    }
    for (const results::StageLists& one : reader.stage_lists(key)) lists[one.stage] = one;
    for (const results::Explanations& one : reader.explanations(key)) said[one.place] = one;
  }

  std::string key;
  results::ItemLists truth;
  std::map<std::string, results::StageLists> lists;
  std::map<std::string, results::Explanations> said;
};

std::vector<int32_t> row(const results::StageLists& lists, size_t s) {
  const auto size = static_cast<size_t>(lists.size);
  const auto begin = lists.items.begin() + static_cast<ptrdiff_t>(s * size);
  return {begin, std::find(begin, begin + lists.size, -1)};
}

class StageSamples : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Workbench>();
    bench_->run(bench_->experiment(kVariants),
                {.set = {"metrics.pool_cutoffs=[25, 30]", "traffic.requests=per_event",
                         "numeric.batch_size=64"}});
    database_.emplace(results::Database::open_readonly(bench_->path("results.sqlite")));
    reader_ = std::make_unique<results::Reader>(*database_);
  }
  static void TearDownTestSuite() {
    reader_.reset();
    database_.reset();
    bench_.reset();
  }

  static inline std::unique_ptr<Workbench> bench_;
  static inline std::optional<results::Database> database_;
  static inline std::unique_ptr<results::Reader> reader_;
};

TEST_F(StageSamples, AreTheSameEvenlySpreadRequestsForEveryStageAndTrial) {
  const Kept similar(*reader_, "similar"), alone(*reader_, "alone");
  const auto all = static_cast<int64_t>(similar.truth.offsets.size()) - 1;
  ASSERT_GT(all, 512) << "the requests of one shard: this test is of several";
  const std::vector<int64_t> expected = task::sampled_requests(all);
  ASSERT_EQ(expected.size(), 50U);
  std::vector<std::string> stages;
  for (const auto& [stage, lists] : similar.lists) {
    stages.push_back(stage);
    EXPECT_TRUE(std::ranges::equal(lists.requests, expected)) << stage;
  }
  EXPECT_THAT(stages, ElementsAre("rank", "recall", "recall[0]", "recall[1]", "rerank"));
  EXPECT_TRUE(std::ranges::equal(alone.lists.at("recall").requests, expected));
}

TEST_F(StageSamples, HoldTheRelevantItemsThatTheRecallOfTheStageCounted) {
  const Kept kept(*reader_, "similar");
  for (const auto& [stage, cutoff] : {std::pair("recall[0]", 30), {"rank", 25}}) {
    const std::vector<float> recall =
        reader_->request_values(kept.key, {stage, "recall{den=R}", cutoff});
    const results::StageLists& lists = kept.lists.at(stage);
    for (size_t s = 0; s < lists.requests.size(); ++s) {
      const auto r = static_cast<size_t>(lists.requests[s]);
      const double relevant =
          static_cast<double>(kept.truth.offsets[r + 1] - kept.truth.offsets[r]);
      EXPECT_LE(lists.lengths[s], cutoff);
      const double found = lists.found_offsets[s + 1] - lists.found_offsets[s];
      EXPECT_NEAR(found / relevant, recall[r], 1e-6) << stage << ", request " << r;
    }
  }
}

TEST_F(StageSamples, EndWithWhatWasServed) {
  const Kept kept(*reader_, "similar");
  const results::StageLists& last = kept.lists.at("rerank");
  for (size_t s = 0; s < last.requests.size(); ++s) {
    const results::Slates slate = reader_->slates(kept.key, last.requests[s], 1);
    std::vector<int32_t> shown = row(last, s);
    shown.resize(std::min(shown.size(), static_cast<size_t>(slate.size)));
    const auto end = std::find(slate.items.begin(), slate.items.end(), -1);
    EXPECT_EQ(shown, std::vector<int32_t>(slate.items.begin(), end));
  }
}

TEST_F(StageSamples, RelevantItemsStandAtTheirRanks) {
  const Kept kept(*reader_, "similar");
  int checked = 0;
  for (const auto& [stage, lists] : kept.lists) {
    for (size_t s = 0; s < lists.requests.size(); ++s) {
      const std::vector<int32_t> shown = row(lists, s);
      EXPECT_EQ(shown.size(), std::min(lists.lengths[s], lists.size));
      for (int32_t f = lists.found_offsets[s]; f < lists.found_offsets[s + 1]; ++f) {
        const auto at = static_cast<size_t>(f);
        const auto rank = static_cast<size_t>(lists.found_ranks[at]);
        if (rank > shown.size()) continue;
        EXPECT_EQ(shown[rank - 1], lists.found_items[at]) << stage;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 50);
}

TEST_F(StageSamples, ExplainWhatWasServedUpToTheScoreOfTheStage) {
  const Kept kept(*reader_, "alone");
  ASSERT_TRUE(kept.said.contains("recall[0]"));
  const results::Explanations& said = kept.said.at("recall[0]");
  EXPECT_EQ(said.reason, "");
  const results::StageLists& lists = kept.lists.at("recall");
  ASSERT_EQ(said.requests, lists.requests);
  std::vector<double> sums(said.rests.begin(), said.rests.end());
  for (size_t t = 0; t < said.slots.size(); ++t) {
    sums[static_cast<size_t>(said.slots[t])] += said.weights[t];
  }
  // The slate is the head of the only stage's list: its first ten scores are explained.
  for (size_t s = 0; s < lists.requests.size(); ++s) {
    for (int slot = 0; slot < said.size; ++slot) {
      const size_t cell = s * static_cast<size_t>(said.size) + static_cast<size_t>(slot);
      const size_t place = s * static_cast<size_t>(lists.size) + static_cast<size_t>(slot);
      EXPECT_NEAR(sums[cell], lists.scores[place], 1e-4) << "request " << lists.requests[s];
    }
  }
}

TEST_F(StageSamples, NameTheItemsOfTheHistoryThatSpeakForAnItem) {
  const Kept kept(*reader_, "similar");
  const std::string set = reader_->trials(1).at(0).request_set;
  const results::ItemLists history = *reader_->history(set);
  const results::Explanations& said = kept.said.at("recall[0]");
  ASSERT_FALSE(said.slots.empty());
  for (size_t t = 0; t < said.slots.size(); ++t) {
    const auto r =
        static_cast<size_t>(said.requests[static_cast<size_t>(said.slots[t] / said.size)]);
    const auto begin = history.items.begin() + history.offsets[r];
    const auto end = history.items.begin() + history.offsets[r + 1];
    EXPECT_EQ(said.kinds[t], 0);
    EXPECT_NE(std::find(begin, end, said.ids[t]), end);
  }
}

TEST_F(StageSamples, ALearnedRankerNamesItsFeatures) {
  const Kept kept(*reader_, "similar");
  const results::Explanations& said = kept.said.at("rank[0]");
  ASSERT_FALSE(said.slots.empty());
  EXPECT_TRUE(std::ranges::all_of(said.kinds, [](int32_t kind) { return kind == 1; }));
  const std::string inputs = bench_->text("select value from note where key = 'inputs'");
  const auto names = std::ranges::count(inputs, ',') + 1;
  EXPECT_LT(std::ranges::max(said.ids), names);
  EXPECT_EQ(std::ssize(results::explained_features(*reader_, kept.key).at("rank[0]")), names);
  EXPECT_THAT(inputs, HasSubstr("popularity"));
}

TEST_F(StageSamples, AStrategyThatCannotExplainLeavesNothing) {
  const Kept kept(*reader_, "similar");
  EXPECT_FALSE(kept.said.contains("recall[1]")) << "popularity";
}

TEST_F(StageSamples, HoldWhatWouldBeServedWithoutTheLatestItemsOfTheHistory) {
  const Kept kept(*reader_, "alone");
  const results::ListsWithout without = results::lists_without(*reader_, kept.key);
  const results::ItemLists history = *reader_->history(reader_->trials(1).at(0).request_set);
  EXPECT_EQ(without.size, 10);
  ASSERT_FALSE(without.requests.empty());
  int64_t changed = 0;
  for (size_t row = 0; row < without.requests.size(); ++row) {
    const auto r = static_cast<size_t>(without.requests[row]);
    const auto begin = history.items.begin() + history.offsets[r];
    const auto end = history.items.begin() + history.offsets[r + 1];
    EXPECT_NE(std::find(begin, end, without.left_out[row]), end);
    const results::Slates slates = reader_->slates(kept.key, static_cast<int64_t>(r), 1);
    const std::vector<int32_t> now(without.items.begin() + static_cast<ptrdiff_t>(row * 10),
                                   without.items.begin() + static_cast<ptrdiff_t>(row * 10 + 10));
    EXPECT_EQ(std::ranges::count(now, without.left_out[row]), 0) << "it is still not served";
    changed += !std::equal(now.begin(), now.end(), slates.items.begin());
  }
  EXPECT_GT(changed, 0) << "ease is a sum over the history";
}

/// What is left of a recall strategy that goes wrong in explain() alone.
std::vector<std::string> reasons_of(const std::string& mode) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(
      bench.experiment("plugins: [" ASSAY_BUILD_DIR "/test_plugins/bad_in_run.so]\nvariants:\n"
                       "  silent: {recall: [{plugin: bad_recall, k: 30, params: {mode: " +
                       mode + "}}]}\n"));
  EXPECT_THAT(outcome.failed, IsEmpty()) << "its lists are good";
  const results::Database database = results::Database::open_readonly(bench.path("results.sqlite"));
  const results::Reader reader(database);
  std::vector<std::string> reasons;
  for (const results::Explanations& said : reader.explanations(reader.trials(1).at(0).trial_key)) {
    EXPECT_THAT(said.slots, IsEmpty());
    reasons.push_back(said.place + ": " + said.reason);
  }
  return reasons;
}

TEST(StageSample, AStrategyThatFailsToExplainKeepsItsListsAndTheReason) {
  EXPECT_THAT(reasons_of("explain_throws"),
              ElementsAre(HasSubstr("recall[0]: threw: index 12 is out of range")));
}

TEST(StageSample, ANumberThatIsNoneIsNoExplanation) {
  EXPECT_THAT(reasons_of("explain_nan"),
              ElementsAre(HasSubstr("the explanation's base of candidate 0 is nan")));
}

}  // namespace
}  // namespace assay::testing
