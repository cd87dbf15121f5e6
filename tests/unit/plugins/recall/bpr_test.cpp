#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include <cmath>
#include <utility>

#include "recall/bpr/pair_model.h"
#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TrainingView two_tastes() {
  return training_of({{0, 1, 2}, {0, 1}, {1, 2}, {3, 4}, {3, 4, 5}, {4, 5}}, 6);
}

ParamMap small() {
  return {{"factors", int64_t{8}}, {"epochs", int64_t{200}}, {"learning_rate", 0.1}};
}

// Two groups of 100 users, each with six of the 70 items of its group.
TrainingView two_groups() {
  Lists by_user(200);
  for (int64_t user = 0; user < 200; ++user)
    for (int64_t n = 0; n < 6; ++n)
      by_user[user].push_back((user < 100 ? 0 : 70) + (user * 13 + n * n * 5) % 70);
  for (auto& row : by_user) {
    std::sort(row.begin(), row.end());
    row.erase(std::unique(row.begin(), row.end()), row.end());
  }
  return training_of(by_user, 140);
}

/// Records what is noted; validates with given values.
class ValidatingFit : public TinyFit {
 public:
  explicit ValidatingFit(std::vector<double> values, std::string chosen = "")
      : values_(std::move(values)), chosen_(std::move(chosen)) {}
  std::map<std::string, std::map<int64_t, double>> curves;
  size_t validations = 0;

  double validate() override {
    return validations < values_.size() ? values_[validations++] : values_.back();
  }
  std::string chosen(const std::string& key) const override {
    return key == "epochs" ? chosen_ : "";
  }
  void note_step(const std::string& name, int64_t step, double value) override {
    curves[name][step] = value;
  }

 private:
  std::vector<double> values_;
  std::string chosen_;
};

TEST(Bpr, BringsWhatUsersOfTheSameTasteLiked) {
  const auto bpr = make_recall("bpr", small());
  const Lists best =
      lists(recalled(*bpr, two_tastes(), requests_of({{0, 1, 2}, {0, 1}, {1, 2}, {3, 4}}), 1).item);
  EXPECT_EQ(best[1][0], 2);
  EXPECT_EQ(best[2][0], 0);
  EXPECT_EQ(best[3][0], 5);
}

// One user, positive about item 0 of two: a step is known but for the drawn start.
TEST(Bpr, AStepFollowsTheGradientOfThePaper) {
  const TrainingView data = training_of(Lists{{0}}, 2);
  bpr::PairModel model({.factors = 3,
                        .learning_rate = 0.5,
                        .lambda = 0.1,
                        .initial_deviation = 1,
                        .negatives = bpr::Negatives::uniform,
                        .bias = true});
  model.draw(1, 2, at::detail::createCPUGenerator(7));
  const Numbers x = numbers(model.user_vectors()), y = numbers(model.item_vectors());
  extra::PairBlocks blocks(data, std::nullopt, 1);
  const double loss = model.learn(blocks, {{0}}, 1);

  double score = 0;
  for (int f = 0; f < 3; ++f) score += x[0][f] * (y[0][f] - y[1][f]);
  EXPECT_NEAR(loss, std::log1p(std::exp(-score)), 1e-6);
  const double pull = 1 / (1 + std::exp(score));
  const Numbers new_x = numbers(model.user_vectors()), new_y = numbers(model.item_vectors());
  for (int f = 0; f < 3; ++f) {
    EXPECT_NEAR(new_x[0][f], x[0][f] + 0.5 * (pull * (y[0][f] - y[1][f]) - 0.1 * x[0][f]), 1e-6);
    EXPECT_NEAR(new_y[0][f], y[0][f] + 0.5 * (pull * x[0][f] - 0.1 * y[0][f]), 1e-6);
    EXPECT_NEAR(new_y[1][f], y[1][f] + 0.5 * (-pull * x[0][f] - 0.1 * y[1][f]), 1e-6);
  }
  EXPECT_NEAR(new_y[0][3], 0.5 * pull, 1e-6);
  EXPECT_NEAR(new_y[1][3], -0.5 * pull, 1e-6);
  EXPECT_EQ(new_x[0][3], 1);
}

TEST(Bpr, LearnsTheSameBitsWithAnyNumberOfThreads) {
  const auto vectors = [](int threads) {
    const int before = at::get_num_threads();
    at::set_num_threads(threads);
    TinyFit fit;
    const auto bpr = make_recall("bpr", {{"factors", int64_t{16}}, {"epochs", int64_t{5}}});
    bpr->fit(two_groups(), fit);
    at::set_num_threads(before);
    return bpr->vectors()->item_vectors().clone();
  };
  const at::Tensor one = vectors(1);
  EXPECT_TRUE(one.equal(vectors(2)));
  EXPECT_TRUE(one.equal(vectors(1)));
}

TEST(Bpr, SeparatesTwoGroupsWhoseItemsLieInSeveralStrata) {
  const auto bpr = make_recall(
      "bpr", {{"factors", int64_t{8}}, {"epochs", int64_t{60}}, {"learning_rate", 0.1}});
  const TrainingView data = two_groups();
  TinyFit fit;
  bpr->fit(data, fit);
  RequestBatch requests = requests_of(lists(data.by_user));
  const Lists best = lists(bpr->recall(requests, 5, tiny_serve()).item);
  int64_t own = 0;
  for (size_t user = 0; user < best.size(); ++user)
    for (const int64_t item : best[user]) own += (user < 100) == (item < 70);
  EXPECT_GT(own, 980);  // of 1,000
}

TEST(Bpr, NotesALossThatFalls) {
  ValidatingFit fit({kNaN});
  make_recall("bpr", small())->fit(two_tastes(), fit);
  EXPECT_EQ(fit.curves.at("loss").size(), 200);
  EXPECT_GT(fit.curves["loss"][1], 2 * fit.curves["loss"][200]);
}

TEST(Bpr, AUserThatTrainingNeverSawGetsAnEmptyList) {
  const TrainingView data = training_of({{0, 1}, {}, {1, 2}}, 4);
  const auto bpr = make_recall("bpr", small());
  RequestBatch requests = requests_of({{0, 1}, {0}, {1, 2}, {}});
  requests.user[3] = -1;
  const CandidateBatch best = recalled(*bpr, data, requests, 2);
  EXPECT_THAT(lists(best.item), ElementsAre(testing::Each(testing::Ge(0)), ElementsAre(-1, -1),
                                            testing::Each(testing::Ge(0)), ElementsAre(-1, -1)));
  EXPECT_THAT(numbers(best.score)[1], ElementsAre(kNone, kNone));
}

TEST(Bpr, StopsOnceValidationsNoLongerImproveAndKeepsTheBest) {
  ParamMap params = small();
  params["patience"] = int64_t{2};
  params["validate_every"] = int64_t{3};
  ValidatingFit fit({0.1, 0.4, 0.3, 0.2, 0.9});
  const auto bpr = make_recall("bpr", params);
  bpr->fit(two_tastes(), fit);
  EXPECT_EQ(fit.validations, 4);
  EXPECT_EQ(fit.notes["chosen.epochs"], "6");
  ParamMap six = small();
  six["epochs"] = int64_t{6};
  TinyFit plain;
  const auto same = make_recall("bpr", six);
  same->fit(two_tastes(), plain);
  EXPECT_TRUE(bpr->vectors()->item_vectors().equal(same->vectors()->item_vectors()));
}

TEST(Bpr, AFinalRefitLearnsForAsLongAsWasChosen) {
  ParamMap params = small();
  params["patience"] = int64_t{2};
  ValidatingFit fit({kNaN}, "7");
  make_recall("bpr", params)->fit(two_tastes(), fit);
  EXPECT_EQ(fit.curves["loss"].size(), 7);
  EXPECT_EQ(fit.validations, 0);
}

TEST(Bpr, NegativesByPopularityPushRareItemsUp) {
  // Item 3 has one user and no part in the others' taste; popular items are drawn against it.
  const TrainingView data = training_of({{0, 1}, {0, 1}, {0, 1}, {0, 2}, {1, 2}, {3}}, 4);
  const auto score_of_rare = [&](const std::string& negatives) {
    ParamMap params = small();
    params["negatives"] = negatives;
    const auto bpr = make_recall("bpr", params);
    TinyFit fit;
    bpr->fit(data, fit);
    return numbers(bpr->vectors()->item_vectors())[3].back();  // its bias
  };
  EXPECT_GT(score_of_rare("popularity"), score_of_rare("uniform"));
}

// The harder the negative, the larger the loss that is told before the step.
TEST(Bpr, OfSeveralDrawsTheHardestIsTheNegative) {
  const auto loss = [](int64_t draws) {
    ParamMap params = small();
    params["epochs"] = int64_t{30};
    params["draws"] = draws;
    ValidatingFit fit({0});
    const auto model = make_recall("bpr", params);
    model->fit(two_groups(), fit);
    return fit.curves["loss"].at(30);
  };
  const double one = loss(1), four = loss(4);
  EXPECT_GT(four, 1.2 * one);
}

TEST(Bpr, SeveralDrawsLearnTheSameBitsWithAnyNumberOfThreads) {
  ParamMap params = small();
  params["epochs"] = int64_t{5};
  params["draws"] = int64_t{4};
  const auto items = [&](int threads) {
    at::set_num_threads(threads);
    TinyFit fit;
    const auto model = make_recall("bpr", params);
    model->fit(two_groups(), fit);
    at::set_num_threads(1);
    return model->vectors()->item_vectors();
  };
  EXPECT_TRUE(items(1).equal(items(3)));
}

TEST(Bpr, ALossThatDivergesIsAnErrorWithItsEpoch) {
  ParamMap params = small();
  params["learning_rate"] = 10.0;
  params["lambda"] = 5.0;
  TinyFit fit;
  EXPECT_THAT(
      [&] { make_recall("bpr", params)->fit(two_tastes(), fit); },
      ThrowsMessage<InvalidInput>(testing::AllOf(
          HasSubstr("it diverges; lower learning_rate, which is 10"), HasSubstr("in epoch "))));
}

TEST(Bpr, LearnsNothingFromAWindowWithoutPositives) {
  const auto bpr = make_recall("bpr", small());
  const CandidateBatch best = recalled(*bpr, training_of(Lists(2), 3), requests_of({{}, {}}), 2);
  EXPECT_THAT(lists(best.item), testing::Each(ElementsAre(-1, -1)));
}

}  // namespace
}  // namespace assay::test
