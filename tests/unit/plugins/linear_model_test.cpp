// The parts that rankers learn with: scaling, columns of features, inputs of candidates, log loss,
// L-BFGS.

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mv.h>
#include <gmock/gmock.h>

#include <cmath>

#include "common/candidate_inputs.h"
#include "common/feature_columns.h"
#include "common/lbfgs.h"
#include "common/log_loss.h"
#include "common/standard_scale.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::NanSensitiveDoubleNear;

at::Tensor ids(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }
at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

// The sparse matrix as a dense one.
Numbers dense(const SparseColumns& m) {
  const at::Tensor all = at::zeros({m.rows * m.columns}, at::kDouble)
                             .index_add_(0, m.row * m.columns + m.column, m.value);
  return numbers(all.view({m.rows, m.columns}));
}

TEST(StandardScale, ScalesKnownValuesAndPutsTheMeanWhereUnknown) {
  const at::Tensor values = matrix({{1, 5}, {3, 5}, {kNaN, 5}});
  const StandardScale scale = StandardScale::of(values);
  EXPECT_THAT(numbers(scale(values)),
              ElementsAre(ElementsAre(-1, 0), ElementsAre(1, 0), ElementsAre(0, 0)));
}

TEST(StandardScale, LeavesColumnsWithoutValuesAtZero) {
  const at::Tensor values = matrix({{kNaN}, {kNaN}});
  EXPECT_THAT(numbers(StandardScale::of(values)(values)),
              ElementsAre(ElementsAre(0), ElementsAre(0)));
}

FeatureTable table() {
  FeatureTable result;
  result.rows = 3;
  result.columns = {{.name = "price", .values = at::tensor(std::vector<float>{1, 3, NAN})},
                    {.name = "title", .type = FeatureType::text, .texts = {"a", "b", "c"}},
                    {.name = "genre",
                     .type = FeatureType::category,
                     .values = at::tensor(std::vector<int>{1, -1, 0}, at::kInt),
                     .cardinality = 2},
                    {.name = "tags",
                     .type = FeatureType::set,
                     .sets = ragged({{0, 1, 2, 3}, {}, {3}}),
                     .cardinality = 4},
                    {.name = "cover",
                     .type = FeatureType::vector,
                     .values = matrix({{1, 0}, {-1, 0}, {kNaN, kNaN}})}};
  return result;
}

TEST(FeatureColumns, EncodesEveryTypeAndWhatIsMissing) {
  const FeatureColumns columns(table(), 100, at::kCPU);
  EXPECT_EQ(columns.columns(), 2 + 0 + 2 + 4 + 3);
  EXPECT_THAT(dense(columns.encode(table())),
              ElementsAre(ElementsAre(-1, 0, 0, 1, 0.5, 0.5, 0.5, 0.5, 1, 0, 0),
                          ElementsAre(1, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0),
                          ElementsAre(0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1)));
}

TEST(FeatureColumns, HashesCategoriesBeyondTheLimit) {
  FeatureTable many;
  many.rows = 1000;
  many.columns = {{.name = "id",
                   .type = FeatureType::category,
                   .values = at::arange(1000, at::kInt),
                   .cardinality = 1000}};
  const FeatureColumns columns(many, 16, at::kCPU);
  EXPECT_EQ(columns.columns(), 16);
  const at::Tensor used = columns.encode(many).transposed_times(at::ones({1000}, at::kDouble));
  EXPECT_GT(used.min().item<double>(), 30) << "buckets are about even";
  EXPECT_LT(used.max().item<double>(), 100);
}

TEST(FeatureColumns, ProductsAreThoseOfTheDenseMatrix) {
  const FeatureColumns columns(table(), 100, at::kCPU);
  const SparseColumns sparse = columns.encode(table());
  const at::Tensor full = matrix(dense(sparse), at::kDouble);
  const at::Tensor weights = at::arange(1, 12, at::kDouble);
  EXPECT_TRUE(sparse.times(weights).allclose(at::mv(full, weights), 1e-12, 1e-12));
  EXPECT_TRUE(sparse.transposed_times(doubles({1, 2, 3}))
                  .allclose(at::mv(full.t(), doubles({1, 2, 3})), 1e-12, 1e-12));
}

TEST(FeatureColumns, EncodesTheSameAfterSaveAndLoad) {
  const FeatureColumns columns(table(), 3, at::kCPU);
  Archive archive;
  columns.save(archive, "item.");
  const FeatureColumns loaded = FeatureColumns::load(archive, "item.", at::kCPU);
  EXPECT_EQ(dense(loaded.encode(table())), dense(columns.encode(table())));
  EXPECT_EQ(loaded.inputs().back().name, "cover");
}

TEST(FeatureColumns, StackedTablesAreOneTable) {
  const FeatureTable twice = stacked({table(), table()});
  EXPECT_EQ(twice.rows, 6);
  const FeatureColumns columns(table(), 100, at::kCPU);
  const Numbers once = dense(columns.encode(table()));
  Numbers expected = once;
  expected.insert(expected.end(), once.begin(), once.end());
  EXPECT_EQ(dense(columns.encode(twice)), expected);
}

TEST(CandidateInputs, AffinityIsTheShareOfTheHistoryWithTheCandidatesCategories) {
  const Feature genre{.name = "genre",
                      .type = FeatureType::category,
                      .values = at::tensor(std::vector<int>{0, 0, 1, -1}, at::kInt),
                      .cardinality = 2};
  const Feature tags{.name = "tags",
                     .type = FeatureType::set,
                     .sets = ragged({{0, 1}, {1}, {2}, {}}),
                     .cardinality = 3};
  const Ragged history = ragged({{0, 1, 2, 3}, {}});
  const at::Tensor item = ids({0, 2, 3, 1, 1, -1}).view({2, 3});
  EXPECT_THAT(numbers(category_affinity(genre, history, item))[0],
              ElementsAre(0.5, 0.25, NanSensitiveDoubleNear(kNaN, 0)));
  EXPECT_THAT(numbers(category_affinity(tags, history, item))[0],
              ElementsAre((0.25 + 0.5) / 2, 0.25, NanSensitiveDoubleNear(kNaN, 0)));
  EXPECT_TRUE(category_affinity(genre, history, item)[1].isnan().all().item<bool>())
      << "no history, no affinity";
}

TEST(CandidateInputs, NameScorePlaceSourcesAndAffinities) {
  CandidateBatch candidates = candidates_of({{0, 1}}, {{7, 5}});
  candidates.source_score = matrix({{7, kNaN}, {kNaN, 5}}).view({1, 2, 2});
  const Feature tags{
      .name = "tags", .type = FeatureType::set, .sets = ragged({{0}, {1}}), .cardinality = 2};
  const std::vector<CandidateInput> inputs =
      candidate_inputs(requests_of({{0}}), candidates, {"recall[0]", "recall[1]"}, {&tags});
  std::vector<std::string> names;
  for (const CandidateInput& input : inputs) names.push_back(input.name);
  EXPECT_THAT(names, ElementsAre("score", "score_relative", "place", "source:recall[0]",
                                 "source_relative:recall[0]", "source:recall[1]",
                                 "source_relative:recall[1]", "affinity:tags"));
  EXPECT_THAT(numbers(inputs[1].value)[0], ElementsAre(1, 0));
  EXPECT_THAT(numbers(inputs[2].value)[0], ElementsAre(1, DoubleNear(1 / std::log2(3), 1e-12)));
  EXPECT_THAT(numbers(inputs[5].value)[0], ElementsAre(NanSensitiveDoubleNear(kNaN, 0), 5));
  EXPECT_THAT(numbers(inputs[6].value)[0], ElementsAre(NanSensitiveDoubleNear(kNaN, 0), 1));
  EXPECT_THAT(numbers(inputs[7].value)[0], ElementsAre(1, 0));
}

TEST(CandidateInputs, RelativeScoresLeavePaddingAside) {
  const std::vector<CandidateInput> inputs = candidate_inputs(
      requests_of({{}}), candidates_of({{0, 1, 2, -1}}, {{8, 6, 4, kNone}}), {}, {});
  EXPECT_THAT(numbers(inputs[1].value)[0], ElementsAre(1, 0.5, 0, testing::_));
}

TEST(CandidateInputs, ASourceThatIsNotThereIsUnknown) {
  const std::vector<CandidateInput> inputs =
      candidate_inputs(requests_of({{0}}), candidates_of({{0}}, {{7}}), {"recall[0]"}, {});
  EXPECT_TRUE(std::isnan(numbers(inputs[3].value)[0][0]));
  EXPECT_TRUE(std::isnan(numbers(inputs[4].value)[0][0]));
}

// Two requests of two users with four candidates; every part has a column or more.
LinearExamples examples() {
  LinearExamples e;
  e.layout = {.candidate = 2, .request = 1, .user = 1, .item = 2};
  e.inputs = matrix({{0.5, -1}, {1.5, 0}, {-0.3, 2}, {0.1, 0.7}}, at::kDouble);
  e.request = ids({0, 0, 1, 1});
  e.user = ids({0, 0, 1, 1});
  e.item = ids({0, 1, 1, 2});
  e.requests = {2, 1, ids({0, 1}), ids({0, 0}), doubles({0.4, -0.6})};
  e.users = {2, 1, ids({1}), ids({0}), doubles({1})};
  e.items = {3, 2, ids({0, 1, 2}), ids({0, 1, 0}), doubles({1, 1, 0.5})};
  e.label = doubles({1, 0, 0, 1});
  e.weight = doubles({1, 2, 1, 3});
  return e;
}

TEST(LogLoss, GradientIsTheSlopeOfTheValue) {
  const LinearExamples e = examples();
  const LogLoss loss(e, 0.8);
  const at::Tensor at = doubles({0.2, -0.5, 0.3, 0.9, -0.7, 0.1, 0.4});
  const at::Tensor gradient = loss(at).second;
  for (int64_t i = 0; i < at.size(0); ++i) {
    at::Tensor up = at.clone(), down = at.clone();
    up[i] += 1e-6;
    down[i] -= 1e-6;
    EXPECT_NEAR(gradient[i].item<double>(), (loss(up).first - loss(down).first) / 2e-6, 1e-8)
        << "weight " << i;
  }
}

TEST(LogLoss, IsTheWeightedMeanOfSurprisesPlusThePenalty) {
  const LinearExamples e = examples();
  const at::Tensor at = doubles({0.7, 0, 0, 0, 0, 0, 2});
  const double plus = -std::log(1 / (1 + std::exp(-0.7)));
  const double with_item = -std::log(1 - 1 / (1 + std::exp(-2.7)));
  EXPECT_NEAR(LogLoss(e, 0.5)(at).first,
              (plus * 1 + with_item * 3 + plus * 3) / 7 + 0.5 / 7 / 2 * 4, 1e-12);
}

TEST(LogLoss, HugeLogitsGiveFiniteValues) {
  const LinearExamples e = examples();
  const auto [value, gradient] = LogLoss(e, 0)(doubles({1e5, 0, 0, 0, 0, 0, 0}));
  EXPECT_NEAR(value, 1e5 * 3 / 7, 1e-6);
  EXPECT_TRUE(gradient.isfinite().all().item<bool>());
}

TEST(Lbfgs, FindsTheMinimumOfABadlyScaledBowl) {
  const at::Tensor a = matrix({{1000, 3, 0}, {3, 1, 0.1}, {0, 0.1, 0.02}}, at::kDouble);
  const at::Tensor b = doubles({1, -2, 0.5});
  const Minimum found = minimise_lbfgs(
      [&](const at::Tensor& x) {
        const at::Tensor ax = at::mv(a, x);
        return std::pair(((x * ax).sum() / 2 - (b * x).sum()).item<double>(), ax - b);
      },
      at::zeros({3}, at::kDouble), {.tolerance = 1e-9});
  EXPECT_TRUE(found.converged);
  EXPECT_TRUE(found.x.allclose(at::linalg_solve(a, b), 1e-6, 1e-8));
}

TEST(Lbfgs, StopsAtTheGivenNumberOfIterations) {
  const Minimum found = minimise_lbfgs(
      [](const at::Tensor& x) { return std::pair(x.pow(4).sum().item<double>(), x.pow(3) * 4); },
      doubles({0.7, 0.2}), {.iterations = 3, .tolerance = 1e-12});
  EXPECT_FALSE(found.converged);
  EXPECT_EQ(found.iterations, 3);
}

TEST(Lbfgs, StartingAtTheMinimumStaysThere) {
  const Minimum found = minimise_lbfgs(
      [](const at::Tensor& x) { return std::pair(x.square().sum().item<double>(), x * 2); },
      at::zeros({2}, at::kDouble), {});
  EXPECT_TRUE(found.converged);
  EXPECT_EQ(found.iterations, 0);
}

}  // namespace
}  // namespace assay::test
