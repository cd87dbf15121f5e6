// What holds for every recall strategy, whatever it computes.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

struct Variant {
  std::string name;
  ParamMap params;
};
std::ostream& operator<<(std::ostream& out, const Variant& variant) { return out << variant.name; }

constexpr int64_t kItems = 7;

class RecallContract : public testing::TestWithParam<Variant> {
 protected:
  RecallContract() : strategy_(make_recall(GetParam().name, GetParam().params)) {
    TinyFit fit;
    fit.make_counts(*strategy_, data_);
    strategy_->fit(data_, fit);
  }

  std::vector<Event> events() const {
    return {{0, 0, 10}, {0, 1, 20}, {0, 2, 30}, {1, 0, 40}, {1, 2, 50},
            {2, 2, 60}, {2, 3, 70}, {3, 5, 80}, {3, 3, 90}};
  }
  CandidateBatch recall(const RequestBatch& requests, int64_t k) const {
    return strategy_->recall(requests, k, tiny_serve());
  }

  TrainingView data_ = training_of(events(), 4, kItems);
  std::unique_ptr<RecallStrategy> strategy_;
};

TEST_P(RecallContract, ServesNoRequests) {
  const CandidateBatch best = recall(requests_of({}), 5);
  EXPECT_EQ(best.item.size(0), 0);
  EXPECT_EQ(best.score.size(0), 0);
}

TEST_P(RecallContract, NeverServesWhatIsExcluded) {
  const RequestBatch requests = requests_of({{0, 1, 2}, {2, 0}, {}, {3}});
  const Lists served = lists(recall(requests, kItems).item);
  const Lists excluded = lists(requests.excluded);
  for (size_t r = 0; r < served.size(); ++r) {
    std::set<int64_t> left = {0, 1, 2, 3, 4, 5, 6, -1};
    for (const int64_t item : excluded[r]) left.erase(item);
    EXPECT_THAT(served[r], Each(testing::Truly([&](int64_t item) { return left.contains(item); })))
        << "request " << r;
  }
}

TEST_P(RecallContract, FillsListsWithEveryItemThatIsLeftThenPads) {
  RequestBatch requests = requests_of({{0}});
  requests.excluded = ragged({{1, 4}});
  const CandidateBatch best = recall(requests, 9);
  std::vector<int64_t> served = lists(best.item)[0];
  served.resize(5);
  EXPECT_THAT(served, UnorderedElementsAre(0, 2, 3, 5, 6));
  const Lists whole = lists(best.item);
  for (size_t j = 5; j < whole[0].size(); ++j) {
    EXPECT_EQ(whole[0][j], -1);
    EXPECT_EQ(numbers(best.score)[0][j], kNone);
  }
}

TEST_P(RecallContract, PadsWhereEverythingIsExcluded) {
  RequestBatch requests = requests_of({{0}});
  requests.excluded = ragged({{0, 1, 2, 3, 4, 5, 6}});
  EXPECT_THAT(lists(recall(requests, 3).item), ElementsAre(Each(-1)));
}

TEST_P(RecallContract, ServesOnlyWhatIsAllowed) {
  RequestBatch requests = requests_of({{0}, {}});
  requests.allowed = ragged({{0, 3, 6}, {}});
  const Lists served = lists(recall(requests, 3).item);
  EXPECT_THAT(served[0], UnorderedElementsAre(3, 6, -1));
  EXPECT_THAT(served[1], Each(-1));
}

TEST_P(RecallContract, ServesAnonymousUsers) {
  RequestBatch requests = requests_of({{0, 2}, {3}});
  requests.user.fill_(-1);
  const Lists served = lists(recall(requests, 2).item);
  EXPECT_THAT(served[0], Each(testing::Ge(0)));
  // Nobody who chose item 3 need have chosen another one twice: then nothing is known of its user.
  EXPECT_THAT(served[1], testing::AnyOf(Each(testing::Ge(0)), Each(-1)));
}

TEST_P(RecallContract, GivesARequestTheSameListInAnyBatch) {
  const RequestBatch all = requests_of({{0, 1, 2}, {2, 0}, {}, {3}, {5, 3}});
  const CandidateBatch together = recall(all, 6);
  std::vector<at::Tensor> items, scores;
  for (const auto& [first, count] : {std::pair{0, 1}, std::pair{1, 3}, std::pair{4, 1}}) {
    const CandidateBatch some = recall(part_of(all, first, count), 6);
    items.push_back(some.item);
    scores.push_back(some.score);
  }
  EXPECT_TRUE(together.item.equal(at::cat(items)));
  EXPECT_TRUE(together.score.equal(at::cat(scores)));
}

TEST_P(RecallContract, ServesTheSameAfterSaveAndLoad) {
  const auto loaded = copied(*strategy_, make_recall(GetParam().name, GetParam().params));
  const RequestBatch requests = requests_of({{0, 1, 2}, {2, 0}, {}, {3}});
  const CandidateBatch before = recall(requests, 6);
  const CandidateBatch after = loaded->recall(requests, 6, tiny_serve());
  EXPECT_TRUE(before.item.equal(after.item));
  EXPECT_TRUE(before.score.equal(after.score));
}

TEST_P(RecallContract, LearnsTheSameTwice) {
  const auto again = make_recall(GetParam().name, GetParam().params);
  const RequestBatch requests = requests_of({{0, 1}, {5}});
  EXPECT_TRUE(recall(requests, 6).score.equal(recalled(*again, data_, requests, 6).score));
}

TEST_P(RecallContract, ExplanationsOfAdditiveStrategiesAddUpToTheScore) {
  const RequestBatch requests = requests_of({{0, 1, 2}, {2, 0}, {}, {3}});
  const CandidateBatch best = recall(requests, 6);
  const std::optional<Explanation> why = strategy_->explain(requests, best, tiny_serve());
  ASSERT_EQ(why.has_value(), shipped_plugin("recall", GetParam().name).traits.additive);
  if (!why) return;
  const at::Tensor sums =
      why->base.flatten().clone().index_add_(0, why->row, why->weight).view_as(best.score);
  const at::Tensor error = (sums - best.score).abs().masked_fill(best.item < 0, 0);
  EXPECT_LT(error.max().item<double>(), 1e-6);
  EXPECT_EQ(why->row.sizes(), why->id.sizes());
  EXPECT_EQ(why->row.sizes(), why->kind.sizes());
}

INSTANTIATE_TEST_SUITE_P(
    , RecallContract,
    testing::Values(Variant{"popularity", {}}, Variant{"popularity", {{"half_life_days", 3.0}}},
                    Variant{"random", {}}, Variant{"item_knn", {{"neighbours", int64_t{0}}}},
                    Variant{"item_knn", {{"neighbours", int64_t{2}}}},
                    Variant{
                        "item_knn",
                        {{"neighbours", int64_t{2}}, {"neighbours_per", std::string("source")}}},
                    Variant{"user_knn", {{"neighbours", int64_t{0}}}},
                    Variant{"user_knn", {{"neighbours", int64_t{2}}}},
                    Variant{"als", {{"factors", int64_t{5}}, {"alpha", 2.0}, {"lambda", 0.1}}},
                    Variant{"als",
                            {{"factors", int64_t{16}},
                             {"alpha", 2.0},
                             {"lambda", 0.1},
                             {"solver", std::string("cholesky")}}},
                    Variant{"markov_chain", {}}, Variant{"recent_items", {}},
                    Variant{"recent_items", {{"of", std::string("everyone")}}},
                    Variant{"p3_alpha", {{"alpha", 0.7}}},
                    Variant{"rp3_beta", {{"neighbours", int64_t{2}}, {"normalise", true}}},
                    Variant{"gf_cf", {}}, Variant{"gf_cf", {{"factors", int64_t{2}}}},
                    Variant{"slim", {{"l1", 0.1}, {"l2", 1.0}}},
                    Variant{"slim", {{"l1", 0.0}, {"residuals", std::string("gram")}}},
                    Variant{"swing", {}}, Variant{"co_visitation", {}},
                    Variant{"co_visitation", {{"half_life_days", 1e-10}}},
                    Variant{"item_knn", {{"similarity", std::string("jaccard")}}},
                    Variant{"item_knn", {{"similarity", std::string("asymmetric")}}},
                    Variant{"item_knn", {{"similarity", std::string("tfidf")}}},
                    Variant{"item_knn", {{"similarity", std::string("bm25")}}},
                    Variant{"user_knn", {{"similarity", std::string("jaccard")}}},
                    Variant{"user_knn", {{"similarity", std::string("tfidf")}}},
                    Variant{"user_knn", {{"similarity", std::string("bm25")}}},
                    Variant{"ease", {{"lambda", 2.0}}},
                    Variant{"ease", {{"lambda", 2.0}, {"precision", std::string("float32")}}}));

/// Strategies that know a user by the history alone.
class KnownByHistory : public RecallContract {};

TEST_P(KnownByHistory, ARequestWithoutAHistoryGetsAnEmptyList) {
  const Lists served = lists(recall(requests_of({{0, 1}, {}, {2}}), 3).item);
  EXPECT_THAT(served[0], Each(testing::Ge(0)));
  EXPECT_THAT(served[1], Each(-1)) << "else the items of the smallest ids";
  EXPECT_THAT(served[2], Each(testing::Ge(0)));
}

TEST_P(KnownByHistory, SoDoesOneWhoseHistorySaysNothing) {
  if (GetParam().name == "markov_chain") GTEST_SKIP() << "popularity is its prior";
  constexpr int64_t kNeverSeen = 6;
  const Lists served = lists(recall(requests_of({{kNeverSeen}, {0}}), 3).item);
  EXPECT_THAT(served[0], Each(-1));
  EXPECT_THAT(served[1], Each(testing::Ge(0)));
}

TEST_P(KnownByHistory, ItIsUnknownInAnyBatch) {
  const CandidateBatch alone = recall(requests_of({{}}), 3);
  EXPECT_THAT(lists(alone.item), ElementsAre(Each(-1)));
  EXPECT_THAT(numbers(alone.score), ElementsAre(Each(kNone)));
}

INSTANTIATE_TEST_SUITE_P(
    , KnownByHistory,
    testing::Values(Variant{"item_knn", {}}, Variant{"user_knn", {}},
                    Variant{"als", {{"factors", int64_t{5}}}},
                    Variant{"als", {{"factors", int64_t{5}}, {"solver", std::string("cholesky")}}},
                    Variant{"markov_chain", {}}, Variant{"p3_alpha", {}}, Variant{"rp3_beta", {}},
                    Variant{"gf_cf", {}}, Variant{"slim", {{"l1", 0.0}, {"l2", 1.0}}},
                    Variant{"swing", {}}, Variant{"co_visitation", {}},
                    Variant{"ease", {{"lambda", 2.0}}},
                    Variant{"ease", {{"lambda", 2.0}, {"precision", std::string("float32")}}}));

TEST(KnownByHistoryOf, TheOneItemOfACatalogueIsServed) {
  const auto ease = make_recall("ease", {{"lambda", 1.0}});
  RequestBatch requests = requests_of({{0}});
  requests.excluded = ragged(Lists(1));
  EXPECT_THAT(lists(recalled(*ease, training_of({{0}}, 1), requests, 1).item),
              ElementsAre(ElementsAre(0)));
}

}  // namespace
}  // namespace assay::test
