/// The GPU against the CPU, which is the reference.

#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "metrics/accuracy.h"
#include "metrics/exposure_counts.h"
#include "metrics/item_values.h"
#include "metrics/metric_pass.h"
#include "unit/metrics/lists.h"

namespace assay::metrics {
namespace {

using testing::Lists;
using testing::padded;
using testing::ragged;

const at::Device kGpu(at::kCUDA);
constexpr int64_t kItems = 300;

struct MetricsOnGpu : ::testing::Test {
  void SetUp() override {
    if (!at::detail::getCUDAHooks().hasCUDA())
      GTEST_SKIP() << "this machine has no GPU that LibTorch can use";
  }
};

Lists random_sets(size_t rows, size_t most, bool shuffled) {
  std::mt19937 random(4);
  Lists lists(rows);
  for (auto& row : lists) {
    std::set<int64_t> chosen;
    const size_t count = random() % (most + 1);
    while (chosen.size() < count) chosen.insert(random() % kItems);
    row.assign(chosen.begin(), chosen.end());
    if (shuffled) std::shuffle(row.begin(), row.end(), random);
  }
  return lists;
}

TEST_F(MetricsOnGpu, EveryMetricHasTheSameValue) {
  TrainingView training;
  training.users = 80;
  training.items = kItems;
  training.user_seen = at::zeros({80}, at::kBool).logical_not();
  training.by_item = ragged(random_sets(kItems, 20, false));
  training.by_item.values =
      training.by_item.values.remainder(80);  // users; sorted rows are not needed to count
  const auto data = std::make_shared<MetricData>(MetricData::of(training));
  std::vector<MetricAtCutoff> columns;
  for (const rules::HitRule& rule : rules::kHitRules)
    columns.push_back({std::string(rule.definition), 10});
  for (const std::string_view definition : item_mean_definitions())
    columns.push_back({std::string(definition), 10});
  const MetricPass pass(columns, data);
  const at::Tensor items = padded(random_sets(500, 30, true));
  const Ragged truth = ragged(random_sets(500, 25, false));
  const at::Tensor gpu = pass.exact_values(items.to(kGpu), truth.to(kGpu)),
                   cpu = pass.exact_values(items, truth);
  ASSERT_TRUE(gpu.is_cuda());
  EXPECT_TRUE(gpu.cpu().allclose(cpu, 1e-12, 1e-12, true));
}

TEST_F(MetricsOnGpu, DistancesAndExposureCountsAreThoseOfTheCpu) {
  TrainingView training;
  training.users = kItems;
  training.items = kItems;
  training.user_seen = at::zeros({kItems}, at::kBool).logical_not();
  training.by_item = ragged(random_sets(kItems, 20, false));
  const MetricPass pass({{"intra_list_distance{distance=cooccurrence,single=skip}", 10}},
                        std::make_shared<MetricData>(MetricData::of(training)));
  const at::Tensor items = padded(random_sets(200, 12, true));
  const Ragged truth = ragged(Lists(200));
  EXPECT_TRUE(pass.exact_values(items.to(kGpu), truth.to(kGpu))
                  .cpu()
                  .allclose(pass.exact_values(items, truth), 0, 0, true));
  ExposureCounts on_gpu(kItems, {5, 20}), on_cpu(kItems, {5, 20});
  for (int i = 0; i < 2; ++i) {
    on_gpu.add(items.to(kGpu));
    on_cpu.add(items);
  }
  EXPECT_TRUE(at::equal(on_gpu.counts(5), on_cpu.counts(5)));
  EXPECT_TRUE(at::equal(on_gpu.counts(20), on_cpu.counts(20)));
}

}  // namespace
}  // namespace assay::metrics
