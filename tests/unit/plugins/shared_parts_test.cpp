// What several strategies share: parallel blocks, co-occurrence, similarities, relevance, tiles.

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <gmock/gmock.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "common/co_occurrence.h"
#include "common/history_scores.h"
#include "common/item_similarity.h"
#include "common/item_weights.h"
#include "common/parallel.h"
#include "common/relevance.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

TEST(ParallelBlocks, CoverEveryNumberOnce) {
  for (const int64_t count : {0, 1, 63, 64, 65, 1000}) {
    std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
    parallel_blocks(count, 64, [&](int64_t first, int64_t last) {
      ASSERT_LE(last - first, 64);
      for (int64_t i = first; i < last; ++i) ++seen[i];
    });
    for (const auto& times : seen) EXPECT_EQ(times, 1) << count;
  }
}

TEST(ParallelBlocks, RunOnAsManyThreadsAsATenUses) {
  if (at::get_num_threads() < 2) GTEST_SKIP() << "one thread";
  std::mutex mutex;
  std::set<std::thread::id> threads;
  parallel_blocks(2, 1, [&](int64_t, int64_t) {
    {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    }
    // The other block is taken by another thread while this one is at work.
    for (int i = 0; i < 2000; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (threads.size() == 2) return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  EXPECT_EQ(threads.size(), 2u);
}

TEST(ParallelBlocks, PassOnWhatABodyThrows) {
  EXPECT_THROW(parallel_blocks(100, 1,
                               [](int64_t first, int64_t) {
                                 if (first == 50) throw InvalidInput("no");
                               }),
               InvalidInput);
}

TEST(CoOccurrence, IsTheProductOfTheMatrixOfPositivesWithItself) {
  const TrainingView data = training_of({{0, 1, 4}, {1, 2}, {}, {0, 2, 3}, {3, 4}, {0, 4}}, 6);
  const at::Tensor x = data.by_user.dense(6).to(at::kDouble);
  EXPECT_TRUE(co_occurrence_matrix(data, at::kDouble).equal(at::matmul(x.t(), x)));
  EXPECT_TRUE(co_occurrence_matrix(data, at::kFloat).equal(at::matmul(x.t(), x).to(at::kFloat)));
}

TEST(CoOccurrence, OfNoItemsIsEmpty) {
  EXPECT_EQ(co_occurrence_matrix(training_of(Lists{{}}, 0), at::kDouble).numel(), 0);
}

TEST(ItemWeights, TransposedTwiceIsTheSameMatrix) {
  const ItemWeights weights{at::tensor(std::vector<int64_t>{0, 2, 2, 3}, at::kLong),
                            at::tensor(std::vector<int>{1, 2, 0}, at::kInt),
                            at::tensor(std::vector<double>{.1, .2, .3}, at::kDouble)};
  const ItemWeights turned = weights.transposed();
  EXPECT_THAT(lists(turned.offsets.unsqueeze(0))[0], ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(lists(turned.target.to(at::kLong).unsqueeze(0))[0], ElementsAre(2, 0, 0));
  EXPECT_TRUE(turned.transposed().weight.equal(weights.weight));
  EXPECT_TRUE(turned.transposed().target.equal(weights.target));
}

TEST(Rounding, RoundsHalfToEvenOrNotAtAll) {
  EXPECT_EQ(Rounding(1)(0.25), 0.2);
  EXPECT_EQ(Rounding(2)(-1.2345), -1.23);
  EXPECT_EQ(Rounding(0)(1.23456789), 1.23456789);
  const at::Tensor values = at::tensor(std::vector<double>{0.1 + 0.2, 0.3}, at::kDouble);
  EXPECT_NE(values[0].item<double>(), values[1].item<double>());
  EXPECT_EQ(Rounding(10)(values)[0].item<double>(), Rounding(10)(values)[1].item<double>());
}

TEST(TopKInTiles, IsTopKOfAllScoresAtOnce) {
  constexpr int64_t kItems = 1 << 17;  // so many that a tile holds 16 requests
  const at::Tensor scores = at::randn({40, kItems});
  RequestBatch requests = requests_of(Lists(40));
  requests.excluded = ragged(Lists(40, {0, 5, 9}));
  requests.allowed = ragged(Lists(40, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  const CandidateBatch tiled = top_k_in_tiles(requests, kItems, 5, [&](const RequestBatch& tile) {
    EXPECT_LE(tile.size(), 16);
    return scores.index_select(0, tile.request);
  });
  const CandidateBatch whole = top_k(scores, 5, requests);
  EXPECT_TRUE(tiled.item.equal(whole.item));
  EXPECT_TRUE(tiled.score.equal(whole.score));
}

std::vector<double> similarities(const ItemSimilarity& similarity,
                                 const std::vector<int64_t>& items, int64_t place) {
  const auto among = similarity.among();
  std::vector<double> result(items.size());
  among->gather(items);
  among->similarities(place, result.data());
  return result;
}

TEST(ItemSimilarity, OfVectorsIsTheirCosine) {
  const auto similarity =
      ItemSimilarity::of_vectors(matrix({{1, 0}, {2, 2}, {0, 0}, {-3, 0}, {kNaN, 1}}));
  EXPECT_THAT(similarities(*similarity, {0, 1, 2, 3}, 0),
              ElementsAre(1, DoubleNear(std::sqrt(0.5), 1e-9), 0, -1));
}

TEST(ItemSimilarity, OfSetsIsTheCosineOfTheirIndicators) {
  const auto similarity = ItemSimilarity::of_sets(ragged({{0, 1, 2, 3}, {1}, {}, {3, 4}}), 5);
  EXPECT_THAT(similarities(*similarity, {3, 0, 1, 2}, 1),
              ElementsAre(DoubleNear(1 / std::sqrt(8), 1e-12), 1, 0.5, 0));
  EXPECT_THAT(similarities(*similarity, {2, 0}, 0), ElementsAre(0, 0));
}

TEST(ItemSimilarity, IsUsedAgainForAnotherRequest) {
  const auto similarity = ItemSimilarity::of_sets(ragged({{0}, {0}, {1}}), 2);
  const auto among = similarity->among();
  double out[2];
  const std::vector<int64_t> first = {0, 1}, second = {2, 0};
  among->gather(first);
  among->similarities(0, out);
  among->gather(second);
  among->similarities(0, out);
  EXPECT_THAT(out, ElementsAre(1, 0));
}

TEST(Relevance, ComesRawBetweenZeroAndOneOrByPlace) {
  const CandidateBatch candidates = candidates_of({{5, 2, 7}, {1}, {}}, {{9, 5, 1}, {3}, {}});
  EXPECT_THAT(numbers(relevance(candidates, relevance_named("raw"))),
              ElementsAre(ElementsAre(9, 5, 1), ElementsAre(3, kNone, kNone), Each(kNone)));
  EXPECT_THAT(numbers(relevance(candidates, relevance_named("minmax"))),
              ElementsAre(ElementsAre(1, 0.5, 0), ElementsAre(1, kNone, kNone), Each(kNone)));
  EXPECT_THAT(numbers(relevance(candidates, relevance_named("rank"))),
              ElementsAre(ElementsAre(1, DoubleNear(2.0 / 3, 1e-12), DoubleNear(1.0 / 3, 1e-12)),
                          ElementsAre(1, kNone, kNone), Each(kNone)));
}

}  // namespace
}  // namespace assay::test
