/// The GPU against the CPU, which is the reference. Scores are small whole numbers, so that nothing
/// is rounded and ties are the same on both.

#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <assay/kernels.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "unit/kernels/requests.h"

namespace assay {
namespace {

using testing::Lists;
using testing::requests;

const at::Device kGpu(at::kCUDA);

struct Gpu : ::testing::Test {
  void SetUp() override {
    if (!at::detail::getCUDAHooks().hasCUDA())
      GTEST_SKIP() << "this machine has no GPU that LibTorch can use";
  }
};

RequestBatch on_gpu(const RequestBatch& batch) {
  RequestBatch moved;
  moved.request = batch.request.to(kGpu);
  moved.excluded = batch.excluded.to(kGpu);
  if (batch.allowed) moved.allowed = batch.allowed->to(kGpu);
  return moved;
}

Lists random_rows(int64_t rows, int64_t items, double share) {
  std::mt19937 random(11);
  Lists lists(static_cast<size_t>(rows));
  std::bernoulli_distribution in(share);
  for (auto& row : lists) {
    for (int64_t i = 0; i < items; ++i) {
      if (in(random)) row.push_back(i);
    }
  }
  return lists;
}

void expect_same(const CandidateBatch& gpu, const CandidateBatch& cpu) {
  ASSERT_TRUE(gpu.item.is_cuda() && gpu.score.is_cuda());
  EXPECT_TRUE(at::equal(gpu.item.cpu(), cpu.item));
  EXPECT_TRUE(at::equal(gpu.score.cpu(), cpu.score));
}

TEST_F(Gpu, TopKChoosesTheSameItems) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    for (const int64_t items : {1, 100, 20'000}) {
      const at::Tensor scores = at::randint(-50, 50, {33, items}, at::kFloat).to(type);
      for (const RequestBatch& batch :
           {requests(33), requests(33, random_rows(33, items, 0.2)),
            requests(33, random_rows(33, items, 0.2), random_rows(33, items, 0.5))}) {
        for (const int64_t k : {1, 10, 200})
          expect_same(top_k(scores.to(kGpu), k, on_gpu(batch)), top_k(scores, k, batch));
      }
    }
  }
}

TEST_F(Gpu, TopKDotChoosesTheSameItems) {
  const at::Tensor queries = at::randint(-3, 4, {40, 16}, at::kFloat),
                   items = at::randint(-3, 4, {30'000, 16}, at::kFloat);
  for (const RequestBatch& batch : {requests(40), requests(40, random_rows(40, 30'000, 0.05))}) {
    expect_same(top_k_dot(queries.to(kGpu), items.to(kGpu), 100, on_gpu(batch)),
                top_k_dot(queries, items, 100, batch));
  }
}

TEST_F(Gpu, ACatalogueThatIsWorkedOffInPartsGivesTheSame) {
  const at::Tensor queries = at::randint(-2, 3, {1024, 4}, at::kFloat),
                   items = at::randint(-2, 3, {300'000, 4}, at::kFloat);
  const RequestBatch batch = requests(1024);
  expect_same(top_k_dot(queries.to(kGpu), items.to(kGpu), 100, on_gpu(batch)),
              top_k_dot(queries, items, 100, batch));
}

TEST_F(Gpu, UniformNumbersHaveTheSameBits) {
  const at::Tensor request = at::randint(0, std::numeric_limits<int64_t>::max(), {1000}, at::kLong);
  EXPECT_TRUE(at::equal(counter_uniform(77, 5, 1, request.to(kGpu), 33).cpu(),
                        counter_uniform(77, 5, 1, request, 33)));
}

TEST_F(Gpu, CandidatesAreOrderedAndPickedAlike) {
  const at::Tensor scores = at::randint(0, 9, {20, 50}, at::kFloat),
                   fresh = at::randint(0, 5, {20, 30}, at::kFloat);
  const CandidateBatch cpu = top_k(scores, 30, requests(20, random_rows(20, 50, 0.6)));
  const CandidateBatch gpu{.item = cpu.item.to(kGpu), .score = cpu.score.to(kGpu)};
  expect_same(by_score(gpu, fresh.to(kGpu)), by_score(cpu, fresh));
  const at::Tensor place = at::randint(-1, 30, {20, 10}, at::kLong);
  expect_same(pick(gpu, place.to(kGpu)), pick(cpu, place));
}

TEST_F(Gpu, RaggedRowsAreTheSame) {
  const Ragged cpu = testing::ragged(random_rows(50, 200, 0.1)), gpu = cpu.to(kGpu);
  const at::Tensor chosen = at::randint(0, 50, {30}, at::kLong);
  EXPECT_TRUE(at::equal(gpu.lengths().cpu(), cpu.lengths()));
  EXPECT_TRUE(at::equal(gpu.row_index().cpu(), cpu.row_index()));
  EXPECT_TRUE(at::equal(gpu.padded(7).cpu(), cpu.padded(7)));
  EXPECT_TRUE(at::equal(gpu.slice(3, 20).values.cpu(), cpu.slice(3, 20).values));
  EXPECT_TRUE(at::equal(gpu.select(chosen.to(kGpu)).values.cpu(), cpu.select(chosen).values));
  EXPECT_TRUE(at::equal(gpu.dense(200).cpu(), cpu.dense(200)));
  EXPECT_TRUE(at::equal(multi_hot(gpu, 200).cpu(), multi_hot(cpu, 200)));
}

}  // namespace
}  // namespace assay
