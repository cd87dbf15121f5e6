#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/matmul.h>
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

TEST(Ease, RefusesACatalogueThatDoesNotFitBeforeAllocatingIt) {
  const auto ease = make_recall("ease");
  TinyFit fit;
  try {
    ease->fit(training_of(Lists{{0}}, 40981), fit);
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "ease: 40981 items need 25.0 GiB (two 40981 x 40981 matrices of float64), and "
                 "max_memory_gib is 8. Keep fewer items (data: filter), halve it with precision: "
                 "float32, or raise max_memory_gib where the machine has the memory.");
  }
}

TEST(Ease, DoesNotAdviseWhatIsAlreadySet) {
  const auto ease = make_recall("ease", {{"precision", std::string("float32")}});
  TinyFit fit;
  try {
    ease->fit(training_of(Lists{{0}}, 40981), fit);
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "ease: 40981 items need 12.5 GiB (two 40981 x 40981 matrices of float32), and "
                 "max_memory_gib is 8. Keep fewer items (data: filter), or raise max_memory_gib "
                 "where the machine has the memory.");
  }
}

}  // namespace
}  // namespace assay::test
