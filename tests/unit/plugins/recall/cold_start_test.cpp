#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

/// The same scores for everybody; scores of 0 are no candidates.
class Fixed : public RecallStrategy {
 public:
  explicit Fixed(std::vector<double> scores) : scores_(std::move(scores)) {
    for (double& score : scores_)
      if (score == 0) score = kNone;
  }
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override {
    return top_k(matrix({scores_}).expand({requests.size(), -1}).contiguous(), k, requests);
  }

 private:
  std::vector<double> scores_;
};

struct Mix {
  Inputs inputs;
  std::unique_ptr<RecallStrategy> strategy;
  Lists users = {{0}, {0, 1}, {0, 1}, {0, 1}};  // item 0 has four users, 1 has three, others none

  Mix(const std::vector<double>& fresh, const std::vector<double>& known, ParamMap params = {},
      const std::vector<double>& some = {})
      : strategy(make_recall("cold_start", params)) {
    inputs.add("fresh", std::make_shared<Fixed>(fresh));
    inputs.add("known", std::make_shared<Fixed>(known));
    if (!some.empty()) inputs.add("some", std::make_shared<Fixed>(some));
    TinyFit fit(&no_features(), &inputs);
    strategy->fit(training_of(users, std::ssize(fresh)), fit);
  }
  CandidateBatch serve(RequestBatch requests, int64_t k) const {
    requests.excluded = ragged(Lists(static_cast<size_t>(requests.size())));
    return strategy->recall(requests, k,
                            ServeContext({.features = &no_features(), .inputs = &inputs}));
  }
};

TEST(ColdStart, ANewUserGetsTheFreshListAndAnOldOneTheKnown) {
  const Mix mix({4, 3, 2, 1}, {1, 2, 3, 4}, {{"user_half", 0.1}});
  const Lists found = lists(mix.serve(requests_of({{}, {0, 1, 2}}), 2).item);
  EXPECT_THAT(found[0], ElementsAre(0, 1));
  EXPECT_THAT(found[1], ElementsAre(3, 2));
}

TEST(ColdStart, BothCountHalfWhereTheHistoryIsUserHalf) {
  const Mix mix({4, 3, 2, 1}, {1, 2, 3, 4},
                {{"user_half", 2.0}, {"scaling", std::string("minmax")}});
  const CandidateBatch best = mix.serve(requests_of({{0, 1}, {0, 0, 1}}), 4);
  for (const auto& scores : numbers(best.score)) EXPECT_THAT(scores, Each(DoubleNear(0.5, 1e-6)));
}

TEST(ColdStart, RanksStandForScores) {
  const Mix mix({1000, 3, 2, 1}, {1, 2, 3, 4}, {{"user_half", 1.0}});
  const CandidateBatch best = mix.serve(requests_of({{0}}), 4);
  EXPECT_THAT(numbers(best.score)[0], Each(DoubleNear(0.625, 1e-6)));
}

TEST(ColdStart, AnItemWithoutUsersIsScoredByFreshAlone) {
  const Mix mix({1, 2, 3, 4}, {4, 3, 2, 1},
                {{"user_half", 1e-9}, {"item_half", 1.0}, {"scaling", std::string("minmax")}});
  const CandidateBatch best = mix.serve(requests_of({{0, 1}}), 4);
  EXPECT_THAT(lists(best.item)[0], ElementsAre(3, 0, 2, 1));
  // Item 0: four of five by known; item 1: three of four, 2/3 of known's range and 1/3 of fresh's.
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(DoubleNear(1, 1e-6), DoubleNear(0.8, 1e-6), DoubleNear(2 / 3.0, 1e-6),
                          DoubleNear(0.75 * 2 / 3 + 0.25 / 3, 1e-6)));
}

TEST(ColdStart, SomeTakesItsPartInBetween) {
  const Mix mix({1, 0, 0}, {0, 0, 1}, {{"user_half", 3.0}, {"some_half", 1.0}}, {0, 1, 0});
  const CandidateBatch best = mix.serve(requests_of({{0}}), 3);
  // fresh 1/2, some 1/2 * 3/4, known 1/2 * 1/4
  EXPECT_THAT(lists(best.item)[0], ElementsAre(0, 1, 2));
  EXPECT_THAT(numbers(best.score)[0],
              ElementsAre(DoubleNear(0.5, 1e-6), DoubleNear(0.375, 1e-6), DoubleNear(0.125, 1e-6)));
}

TEST(ColdStart, WhereNoneHasACandidateThereIsNone) {
  const Mix mix({0, 0, 0}, {0, 0, 0});
  EXPECT_THAT(lists(mix.serve(requests_of({{0}, {}}), 2).item), Each(Each(-1)));
}

TEST(ColdStart, ServesTheSameAfterSaveAndLoad) {
  const Mix mix({1, 2, 3, 4}, {4, 3, 2, 1}, {{"item_half", 2.0}});
  const auto loaded = copied(*mix.strategy, make_recall("cold_start", {{"item_half", 2.0}}));
  const CandidateBatch before = mix.serve(requests_of({{0}, {}}), 3);
  RequestBatch requests = requests_of({{0}, {}});
  requests.excluded = ragged({{}, {}});
  const CandidateBatch after = loaded->recall(
      requests, 3, ServeContext({.features = &no_features(), .inputs = &mix.inputs}));
  EXPECT_TRUE(before.item.equal(after.item));
  EXPECT_TRUE(before.score.equal(after.score));
}

}  // namespace
}  // namespace assay::test
