#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(Ease, TwoItemsHaveTheWeightsOfTheirClosedForm) {
  // G = [[3, 2], [2, 2]], lambda 1: P = inv([[4, 2], [2, 3]]) = [[3, -2], [-2, 4]] / 8; B_01 = 2/4,
  // B_10 = 2/3.
  const auto ease = make_recall("ease", {{"lambda", 1.0}});
  const TrainingView data = training_of({{0, 1}, {0, 1}, {0}}, 2);
  EXPECT_THAT(
      numbers(recalled(*ease, data, requests_of({{0}, {1}}), 1).score),
      ElementsAre(ElementsAre(DoubleNear(0.5, 1e-7)), ElementsAre(DoubleNear(2.0 / 3, 1e-7))));
}

TEST(Ease, WeightsAreThoseOfTheFormula) {
  const TrainingView data = training_of({{0, 1, 4}, {1, 2}, {0, 2, 3}, {3, 4}, {0, 4}}, 5);
  const auto ease = make_recall("ease", {{"lambda", 0.7}});
  TinyFit fit;
  ease->fit(data, fit);
  Archive archive;
  ease->save(archive);
  const at::Tensor x = data.by_user.dense(5).to(at::kDouble);
  const at::Tensor p = at::linalg_inv(at::matmul(x.t(), x) + at::eye(5, at::kDouble) * 0.7);
  const at::Tensor expected = (-p / p.diagonal()).fill_diagonal_(0);
  EXPECT_TRUE(archive.tensor("weights").allclose(expected, 0, 1e-12));
}

TEST(Ease, Float32IsCloseToFloat64) {
  const TrainingView data = training_of({{0, 1, 4}, {1, 2}, {0, 2, 3}, {3, 4}, {0, 4}}, 5);
  const RequestBatch requests = requests_of({{0}, {1, 2}, {3}});
  const auto exact = make_recall("ease", {{"lambda", 0.7}});
  const auto fast = make_recall("ease", {{"lambda", 0.7}, {"precision", std::string("float32")}});
  EXPECT_TRUE(recalled(*fast, data, requests, 3)
                  .score.allclose(recalled(*exact, data, requests, 3).score, 0, 1e-5));
}

std::string refusal(const ParamMap& params) {
  const auto ease = make_recall("ease", params);
  TinyFit fit;
  Lists everything(1);
  for (int64_t item = 0; item < 40981; ++item) everything[0].push_back(item);
  try {
    ease->fit(training_of(everything, 40981), fit);
  } catch (const InvalidInput& error) {
    return error.what();
  }
  return "no refusal";
}

TEST(Ease, RefusesACatalogueThatDoesNotFitBeforeAllocatingIt) {
  EXPECT_EQ(refusal({}),
            "ease: 40981 items need 12.5 GiB (a 40981 x 40981 matrix of float64), and "
            "max_memory_gib is 8. Keep fewer items (data: filter), halve it with precision: "
            "float32, or raise max_memory_gib where the machine has the memory.");
}

TEST(Ease, DoesNotAdviseWhatIsAlreadySet) {
  EXPECT_EQ(refusal({{"precision", std::string("float32")}, {"max_memory_gib", 4.0}}),
            "ease: 40981 items need 6.3 GiB (a 40981 x 40981 matrix of float32), and "
            "max_memory_gib is 4. Keep fewer items (data: filter), or raise max_memory_gib where "
            "the machine has the memory.");
}

TEST(Ease, DeclaresOneMatrixAndAFewOfItsColumns) {
  const PluginEntry& entry = shipped_plugin("recall", "ease");
  const DataSizes gowalla{.users = 29858, .items = 40981, .positives = 810128};
  const MemoryUse use = entry.memory(gowalla, {{"precision", std::string("float32")}});
  EXPECT_EQ(use.serve, int64_t{40981} * 40981 * 4);
  EXPECT_GT(use.fit, use.serve);
  EXPECT_LT(use.fit, int64_t{7'000'000'000});
}

TEST(Ease, ItemsWithoutEventsHaveNoPlaceAmongTheWeightsAndScoreZero) {
  const Lists users = {{1, 3}, {1, 3, 4}, {3, 4}, {1}};  // of 6 items; 0, 2 and 5 have no event
  const Lists squeezed = {{0, 1}, {0, 1, 2}, {1, 2}, {0}};
  const ParamMap params = {{"lambda", 0.7}};
  const auto sparse = make_recall("ease", params), dense = make_recall("ease", params);
  const TrainingView data = training_of(users, 6);
  const CandidateBatch all = recalled(*sparse, data, requests_of({{1}, {2, 4}, {3}}), 6);
  const CandidateBatch few =
      recalled(*dense, training_of(squeezed, 3), requests_of({{0}, {2}, {1}}), 3);
  std::map<std::pair<size_t, int64_t>, double> score;
  for (size_t r = 0; r < 3; ++r)
    for (size_t j = 0; j < lists(all.item)[r].size(); ++j)
      score[{r, lists(all.item)[r][j]}] = numbers(all.score)[r][j];
  const int64_t original[] = {1, 3, 4};
  for (size_t r = 0; r < 3; ++r) {
    EXPECT_EQ(score.at({r, 0}), 0);
    EXPECT_EQ(score.at({r, 5}), 0);
    for (size_t j = 0; j < lists(few.item)[r].size(); ++j) {
      if (lists(few.item)[r][j] < 0) continue;
      EXPECT_EQ(score.at({r, original[lists(few.item)[r][j]]}), numbers(few.score)[r][j]);
    }
  }
  Archive archive;
  sparse->save(archive);
  EXPECT_EQ(archive.tensor("weights").sizes(), at::IntArrayRef({3, 3}));
  const auto loaded = copied(*sparse, make_recall("ease", params));
  EXPECT_TRUE(
      loaded->recall(requests_of({{1}, {2, 4}, {3}}), 6, tiny_serve()).score.equal(all.score));
}

TEST(Ease, ExplanationsAddUpWhereItemsHaveNoPlace) {
  const auto ease = make_recall("ease", {{"lambda", 0.7}});
  const TrainingView data = training_of({{1, 3}, {1, 3, 4}, {3, 4}, {1}}, 6);
  const RequestBatch requests = requests_of({{1, 2, 4}});
  const CandidateBatch served = recalled(*ease, data, requests, 3);
  const std::optional<Explanation> why = ease->explain(requests, served, tiny_serve());
  ASSERT_TRUE(why);
  const at::Tensor sums = at::zeros({3}).index_add_(0, why->row, why->weight);
  EXPECT_TRUE(sums.allclose(served.score.flatten(), 0, 1e-6));
}

// One category feature and one set over five items.
Features two_features() {
  Feature brand{.name = "brand",
                .type = FeatureType::category,
                .values = at::tensor({0, 1, 0, -1, 1}, at::kInt)};
  brand.cardinality = 2;
  Feature tags{.name = "tags",
               .type = FeatureType::set,
               .sets = ragged(Lists{{0}, {0, 2}, {}, {1, 2}, {2}})};
  tags.cardinality = 3;
  Feature price{.name = "price", .type = FeatureType::number, .values = at::ones({5})};
  return {.item = {5, {brand, tags, price}}};
}

TEST(Ease, CategoriesOfItemsCountAsUsers) {
  const Features features = two_features();
  const TrainingView data = training_of({{0, 1, 4}, {1, 2}, {0, 2}, {4}, {0, 4}}, 5, &features);
  const auto ease = make_recall("ease", {{"lambda", 0.7},
                                         {"features", std::vector<std::string>{"brand", "tags"}},
                                         {"feature_weight", 1.5}});
  TinyFit fit(&features);
  ease->fit(data, fit);
  Archive archive;
  ease->save(archive);
  const at::Tensor f =
      matrix({{1, 0, 1, 0, 0}, {0, 1, 0, 0, 1}, {1, 1, 0, 0, 0}, {0, 0, 0, 1, 0}, {0, 1, 0, 1, 1}},
             at::kDouble);
  const at::Tensor x = at::cat({data.by_user.dense(5).to(at::kDouble), f * 1.5});
  const at::Tensor p = at::linalg_inv(at::matmul(x.t(), x) + at::eye(5, at::kDouble) * 0.7);
  const at::Tensor expected = (-p / p.diagonal()).fill_diagonal_(0);
  EXPECT_TRUE(archive.tensor("weights").allclose(expected, 0, 1e-12));
}

TEST(Ease, ItemsWithoutEventsAreRetrievedByTheirFeatures) {
  const Features features = two_features();
  const TrainingView data = training_of({{0, 1, 4}, {1, 4}}, 5, &features);  // 3 has tags alone
  const auto ease =
      make_recall("ease", {{"lambda", 1.0}, {"features", std::vector<std::string>{"tags"}}});
  const Lists served = lists(recalled(*ease, data, requests_of({{1, 4}}), 3).item);
  EXPECT_THAT(served[0], testing::Contains(3));
  EXPECT_NE(served[0].back(), 3) << "2 has no tag and no event: nothing speaks for it";
}

TEST(Ease, RefusesAFeatureWithoutCategories) {
  const Features features = two_features();
  const auto ease = make_recall("ease", {{"features", std::vector<std::string>{"price"}}});
  TinyFit fit(&features);
  EXPECT_THROW(ease->fit(training_of(Lists{{0, 1}}, 5, &features), fit), InvalidInput);
}

TEST(Ease, SaysThatLambdaIsTooSmallForFloat32) {
  // Two items that the same users have: 4096 + 1e-6 is 4096 in float32, and the matrix singular.
  const Lists users(4096, {0, 1});
  const auto ease = make_recall("ease", {{"lambda", 1e-6}, {"precision", std::string("float32")}});
  TinyFit fit;
  try {
    ease->fit(training_of(users, 2), fit);
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "ease: lambda = 1e-06 is too small for these data: the matrix of the 2 items "
                 "cannot be inverted in float32; raise lambda, or set precision: float64.");
  }
}

// Says that a stop is requested, or that it is a trial.
class HurriedFit : public TinyFit {
 public:
  HurriedFit(bool stopped, bool trial) : stopped_(stopped), trial_(trial) {}
  bool stop_requested() const override { return stopped_; }
  bool trial() const override { return trial_; }

 private:
  bool stopped_, trial_;
};

TEST(Ease, CanBeSavedAndServesAfterAStop) {
  const auto ease = make_recall("ease");
  HurriedFit fit(/*stopped=*/true, /*trial=*/false);
  ease->fit(training_of(Lists{{0, 1}, {1, 2}}, 3), fit);
  const auto loaded = copied(*ease, make_recall("ease"));
  EXPECT_EQ(loaded->recall(requests_of({{0}}), 2, tiny_serve()).size(), 1);
}

TEST(Ease, LearnsAFewItemsInATrial) {
  const auto ease = make_recall("ease");
  HurriedFit fit(/*stopped=*/false, /*trial=*/true);
  Lists everything(1);
  for (int64_t item = 0; item < 1000; ++item) everything[0].push_back(item);
  ease->fit(training_of(everything, 1000), fit);
  Archive archive;
  ease->save(archive);
  EXPECT_EQ(archive.tensor("weights").size(0), 256);
}

}  // namespace
}  // namespace assay::test
