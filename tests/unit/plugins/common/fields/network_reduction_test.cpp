#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/randn.h>
#include <assay/extra/fields/field_network.h>
#include <assay/extra/fields/network_reduction.h>
#include <assay/extra/neural/dense_layers.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

at::Generator chance(int64_t seed = 7) {
  return at::detail::createCPUGenerator(static_cast<uint64_t>(seed));
}

// 10 -> 8 -> 6 -> 4 and a vector of one row behind them.
NamedTensors some_layers() {
  return together(dense_layers("hidden.", {10, 8, 6, 4}, chance()),
                  projection("out.", 4, chance(8)));
}

int64_t zeros(const at::Tensor& values) { return values.eq(0).sum().item<int64_t>(); }

int64_t rank_of(const at::Tensor& matrix) {
  const at::Tensor values = std::get<1>(at::linalg_svd(matrix, false));
  return values.gt(values[0] * 1e-5).sum().item<int64_t>();
}

double distance(const at::Tensor& a, const at::Tensor& b) { return (a - b).norm().item<double>(); }

TEST(NetworkReduction, PruningSetsTheSmallestWeightsOfEachMatrixToZeroAndHoldsThemThere) {
  const NamedTensors layers = some_layers();
  const at::Tensor before = layers[0].second.clone();
  const NetworkReduction reduction({.pruning = 0.75}, layers, 1);
  EXPECT_EQ(zeros(layers[0].second), 60);
  EXPECT_EQ(zeros(layers[2].second), 36);
  EXPECT_EQ(zeros(layers[1].second), 0);
  EXPECT_EQ(zeros(layers[6].second), 0) << "a vector of one row stays";
  const at::Tensor taken = layers[0].second.eq(0);
  EXPECT_LT(before.abs().masked_select(taken).max().item<double>(),
            before.abs().masked_select(taken.logical_not()).min().item<double>());
  at::Tensor learning = layers[0].second;
  learning.add_(0.1);
  reduction.hold();
  EXPECT_TRUE(learning.eq(0).equal(taken));
}

TEST(NetworkReduction, PruningWhatIsPrunedChangesNothing) {
  for (const PrunedParts what : {PrunedParts::weights, PrunedParts::units}) {
    const NamedTensors layers = some_layers();
    const ReductionSettings settings{.pruning = 0.5, .pruned = what};
    NetworkReduction(settings, layers, 1);
    const at::Tensor once = layers[0].second.clone();
    NetworkReduction(settings, layers, 2);
    EXPECT_TRUE(layers[0].second.equal(once));
  }
}

TEST(NetworkReduction, UnitsThatArePrunedAreLeftOutAndTheNetworkSaysTheSame) {
  const NamedTensors layers = some_layers();
  const ReductionSettings settings{.pruning = 0.5, .pruned = PrunedParts::units};
  const NamedTensors small = pruned(layers, settings);
  EXPECT_THAT(small[0].second.sizes(), ElementsAre(4, 10));
  EXPECT_THAT(small[1].second.sizes(), ElementsAre(4));
  EXPECT_THAT(small[2].second.sizes(), ElementsAre(3, 4));
  EXPECT_THAT(small[4].second.sizes(), ElementsAre(4, 3)) << "the last layer keeps its units";
  EXPECT_THAT(layers[0].second.sizes(), ElementsAre(8, 10)) << "what learns stays as it is";
  EXPECT_EQ(zeros(layers[0].second), 0);

  const at::Tensor rows = at::randn({9, 10}, chance(3));
  NetworkReduction(settings, layers, 1);
  Dropout none;
  const at::Tensor masked =
      through_hidden(rows, NetworkWeights::learning(layers, false), 0, 3, none);
  const at::Tensor found = through_hidden(rows, NetworkWeights::served(small, {}), 0, 3, none);
  EXPECT_TRUE(found.allclose(masked, 1e-5, 1e-6));
}

TEST(NetworkReduction, LayersOfDifferentRowsDoNotFollowEachOther) {
  const NamedTensors layers = together(dense_layers("cross.0.", {6, 6}, chance()),
                                       dense_layers("cross.1.", {6, 6}, chance(2)));
  const NamedTensors small = pruned(layers, {.pruning = 0.5, .pruned = PrunedParts::units});
  EXPECT_TRUE(small[0].second.equal(layers[0].second));
}

TEST(NetworkReduction, NoShareTakesAllUnits) {
  const NamedTensors small =
      pruned(some_layers(), {.pruning = 0.999, .pruned = PrunedParts::units});
  EXPECT_THAT(small[0].second.sizes(), ElementsAre(1, 10));
}

TEST(LowRank, IsTheNearestMatrixOfThatRank) {
  const at::Tensor matrix = at::randn({20, 30}, chance());
  const LowRank both = low_rank_of(matrix, 5);
  EXPECT_THAT(both.down.sizes(), ElementsAre(5, 30));
  EXPECT_THAT(both.up.sizes(), ElementsAre(20, 5));
  // Eckart and Young: what is lost are the other singular values.
  const at::Tensor values = std::get<1>(at::linalg_svd(matrix, false));
  EXPECT_NEAR(distance(both.up.matmul(both.down), matrix),
              values.slice(0, 5, 20).norm().item<double>(), 1e-4);
}

TEST(LowRank, IsHeldWhileTheNetworkLearnsOn) {
  for (const int64_t epoch : {3, 4}) {
    const NamedTensors layers = dense_layers("hidden.", {30, 20, 4}, chance());
    const NetworkReduction reduction({.low_rank = 5}, layers, epoch);
    EXPECT_EQ(rank_of(layers[0].second), 5);
    EXPECT_EQ(rank_of(layers[2].second), 4) << "5 * (20 + 4) is more than 20 * 4";
    at::Tensor learning = layers[0].second;
    const at::Tensor held = learning.clone();
    learning.add_(at::randn({20, 30}, chance(9)) * 0.1);
    reduction.hold();
    EXPECT_EQ(rank_of(learning), 5);
    EXPECT_GT(distance(learning, held), 0.1) << "it learns";
  }
}

TEST(LowRank, ServesAProductOfTwoMatricesInAnyPrecision) {
  NamedTensors layers = dense_layers("hidden.", {30, 20}, chance());
  NetworkReduction({.low_rank = 4}, layers, 1);
  const at::Tensor rows = at::randn({8, 30}, chance(3));
  const at::Tensor expected = NetworkWeights::learning(layers, false).linear(rows, 0);
  const std::map<ServedPrecision, double> largest = {{ServedPrecision::fp32, 1e-5},
                                                     {ServedPrecision::bf16, 0.02},
                                                     {ServedPrecision::fp16, 2e-3},
                                                     {ServedPrecision::int8, 0.05}};
  for (const auto& [precision, error] : largest) {
    const auto served = NetworkWeights::served(layers, {.precision = precision, .low_rank = 4});
    EXPECT_EQ(served.numbers(), 4 * (30 + 20) + 20);
    const at::Tensor found = served.linear(rows, 0);
    EXPECT_LT((found - expected).abs().max().item<double>(), error);
    Archive archive;
    served.save(archive);
    EXPECT_TRUE(NetworkWeights::load(archive).linear(rows, 0).equal(found));
  }
}

}  // namespace
}  // namespace assay::test
