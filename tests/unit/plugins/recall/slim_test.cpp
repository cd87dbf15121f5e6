#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include "logged_data.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

ParamMap exact(double l1, double l2, const std::string& residuals = "users") {
  return {{"l1", l1},
          {"l2", l2},
          {"neighbours", int64_t{0}},
          {"tolerance", 1e-14},
          {"sweeps", int64_t{10000}},
          {"residuals", residuals}};
}

// float64 [N, N], row: item of the history.
at::Tensor weights(const TrainingView& data, const ParamMap& params) {
  const auto slim = make_recall("slim", params);
  TinyFit fit;
  slim->fit(data, fit);
  Archive archive;
  slim->save(archive);
  const at::Tensor offsets = archive.tensor("offsets");
  const at::Tensor row = Ragged{archive.tensor("target").to(at::kLong), offsets}.row_index();
  return at::zeros({data.items, data.items}, at::kDouble)
      .index_put_({row, archive.tensor("target").to(at::kLong)}, archive.tensor("weight"));
}

TrainingView taste() {
  return training_of({{0, 1, 4}, {1, 2}, {0, 2, 3}, {3, 4}, {0, 4}, {1, 2, 3}, {0, 1}}, 5);
}

// G_00 = 3, G_01 = 2, G_11 = 2: w = (2 - l1) / (G_ii + l2).
TEST(Slim, TwoItemsHaveTheWeightsOfTheirClosedForm) {
  const TrainingView data = training_of({{0, 1}, {0, 1}, {0}}, 2);
  const auto slim = make_recall("slim", exact(0.5, 1));
  EXPECT_THAT(
      numbers(recalled(*slim, data, requests_of({{0}, {1}}), 1).score),
      ElementsAre(ElementsAre(DoubleNear(1.5 / 4, 1e-7)), ElementsAre(DoubleNear(1.5 / 3, 1e-7))));
}

// The gradient of the objective is 0 where a weight is above 0 and not below 0 elsewhere.
TEST(Slim, WeightsFulfilTheConditionsOfTheMinimum) {
  const TrainingView data = taste();
  const at::Tensor x = data.by_user.dense(5).to(at::kDouble), gram = x.t().mm(x);
  for (const auto& [l1, l2] : {std::pair{0.0, 0.5}, {0.3, 0.5}, {0.9, 4.0}}) {
    const at::Tensor w = weights(data, exact(l1, l2));
    const at::Tensor gradient = gram.mm(w) - gram + l2 * w + l1;
    for (int64_t i = 0; i < 5; ++i) {
      for (int64_t j = 0; j < 5; ++j) {
        const double weight = w[i][j].item<double>(), slope = gradient[i][j].item<double>();
        if (i == j)
          EXPECT_EQ(weight, 0);
        else if (weight > 0)
          EXPECT_NEAR(slope, 0, 1e-11) << i << j;
        else
          EXPECT_GE(slope, -1e-11) << i << j;
      }
    }
  }
}

TEST(Slim, BothWaysToKeepResidualsGiveTheSameWeights) {
  const TrainingView weighted = training_of(
      {{0, 0, -1, true, 0.5F}, {0, 1}, {1, 1, -1, true, 2}, {1, 2}, {2, 0}, {2, 2}, {2, 1}}, 3, 3);
  for (const TrainingView& data : {taste(), weighted}) {
    EXPECT_TRUE(
        weights(data, exact(0.2, 0.7)).allclose(weights(data, exact(0.2, 0.7, "gram")), 0, 1e-12));
  }
}

TEST(Slim, LearnsFromTheMostSimilarItemsOnlyWhereAskedTo) {
  // Most similar to 0 by cosine is 4 (2 of 3 and 4 users), not 1 (2 of 4 and 4).
  ParamMap params = exact(0, 0.5);
  params["candidates"] = int64_t{1};
  const at::Tensor w = weights(taste(), params);
  EXPECT_THAT(numbers(w.t())[0], ElementsAre(0, 0, 0, 0, DoubleNear(2 / 3.5, 1e-12)));
}

TEST(Slim, KeepsTheLargestWeightsOfEachItem) {
  ParamMap params = exact(0, 0.5);
  const at::Tensor all = weights(taste(), params);
  params["neighbours"] = int64_t{1};
  const at::Tensor kept = weights(taste(), params);
  for (int64_t j = 0; j < 5; ++j) {
    EXPECT_EQ(kept.select(1, j).max().item<double>(), all.select(1, j).max().item<double>());
    EXPECT_EQ(kept.select(1, j).count_nonzero().item<int64_t>(), 1);
  }
}

TEST(Slim, SaysHowManyItemsDidNotConverge) {
  ParamMap params = exact(0, 0.5);
  params["sweeps"] = int64_t{1};
  const auto slim = make_recall("slim", params);
  TinyFit fit;
  slim->fit(taste(), fit);
  EXPECT_EQ(fit.notes["unfinished"], "5");
}

TEST(Slim, RefusesAGramMatrixThatDoesNotFit) {
  const auto slim = make_recall("slim", {{"residuals", std::string("gram")}});
  TinyFit fit;
  try {
    slim->fit(training_of(Lists{{0}}, 40981), fit);
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "slim: residuals: gram needs 12.5 GiB for 40981 items (a matrix of 40981 x 40981 "
                 "float64), and max_memory_gib is 8. Use residuals: users, keep fewer items (data: "
                 "filter), or raise max_memory_gib where the machine has the memory.");
  }
}

TEST(Slim, LearnsTheSameBitsWithOneThreadAndWithTwo) {
  ASSAY_NEEDS_DATA(path, "movielens-100k/ml-100k.inter");
  const Split split = movielens(path, "A");
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> found;
  for (const int count : {1, 2}) {
    at::set_num_threads(count);
    const auto slim = make_recall("slim", {{"l1", 5.0}});
    found.push_back(recalled(*slim, split.train, split.requests, 20).score);
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(found[0].equal(found[1]));
}

}  // namespace
}  // namespace assay::test
