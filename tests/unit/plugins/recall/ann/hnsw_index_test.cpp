#include "recall/ann/hnsw_index.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "random_factors.h"

namespace assay::ann {
namespace {

using test::random_factors;

constexpr int64_t kItems = 6000, kWidth = 32, kQueries = 60;

HnswIndex built(const at::Tensor& vectors, const IndexSettings& settings = {}) {
  std::optional<HnswIndex> index =
      HnswIndex::build(vectors, settings, [](int64_t) { return false; });
  if (!index) throw std::logic_error("no index");
  return std::move(*index);
}

std::set<int64_t> exact(const at::Tensor& vectors, const at::Tensor& query, int64_t k) {
  const at::Tensor best = std::get<1>(vectors.matmul(query).topk(k));
  return {best.const_data_ptr<int64_t>(), best.const_data_ptr<int64_t>() + k};
}

/// The share of the exact k nearest that a search with ef finds.
double recall(const at::Tensor& vectors, const at::Tensor& queries, int64_t k, int64_t ef) {
  const HnswIndex index = built(vectors);
  int64_t found = 0;
  std::vector<int64_t> items;
  for (int64_t row = 0; row < queries.size(0); ++row) {
    const at::Tensor query = queries.select(0, row).contiguous();
    index.search(query.const_data_ptr<float>(), ef, items);
    const std::set<int64_t> wanted = exact(vectors, query, k);
    found += std::ranges::count_if(items, [&](int64_t item) { return wanted.contains(item); });
  }
  return static_cast<double>(found) / static_cast<double>(k * queries.size(0));
}

TEST(HnswIndex, FindsNearlyAllOfTheExactNeighboursOfVectorsOfUnequalLength) {
  const at::Tensor queries = random_factors(kQueries, kWidth, 2);
  EXPECT_GT(recall(random_factors(kItems, kWidth, 1), queries, 100, 200), 0.98);
  EXPECT_GT(recall(random_factors(kItems, kWidth, 1), queries, 10, 200), 0.98);
}

TEST(HnswIndex, ManyZeroVectorsDoNotCutTheGraph) {
  const at::Tensor vectors = random_factors(2 * kItems, kWidth, 1);
  vectors.slice(0, kItems / 2, kItems * 3 / 2).zero_();
  EXPECT_EQ(built(vectors).size(), kItems);
  EXPECT_GT(recall(vectors, random_factors(kQueries, kWidth, 2), 100, 200), 0.98);
}

TEST(HnswIndex, AnyWidthWorks) {
  for (const int64_t width : {1, 3, 4, 7, 19}) {
    const at::Tensor vectors = random_factors(300, width, 3);
    EXPECT_GT(recall(vectors, random_factors(20, width, 4), 10, 200), 0.95) << width;
  }
}

TEST(HnswIndex, BuildsTheSameTwiceAndReadsWhatItWrote) {
  const at::Tensor vectors = random_factors(1000, 16, 5);
  const HnswIndex first = built(vectors), second = built(vectors);
  const at::Tensor bytes = first.bytes();
  EXPECT_TRUE(bytes.equal(second.bytes()));
  const HnswIndex read = HnswIndex::load(bytes, 1000, 16);
  EXPECT_TRUE(bytes.equal(read.bytes()));
  const at::Tensor query = random_factors(1, 16, 6);
  std::vector<int64_t> before, after;
  first.search(query.const_data_ptr<float>(), 50, before);
  read.search(query.const_data_ptr<float>(), 50, after);
  EXPECT_EQ(before, after);
}

TEST(HnswIndex, RefusesBytesOfOtherVectors) {
  const at::Tensor bytes = built(random_factors(100, 16, 5)).bytes();
  EXPECT_THROW(HnswIndex::load(bytes, 100, 12), std::runtime_error);
  EXPECT_THROW(HnswIndex::load(bytes, 50, 16), std::runtime_error);
  EXPECT_THROW(HnswIndex::load(bytes.slice(0, 0, 500), 100, 16), std::runtime_error);
}

TEST(HnswIndex, HasNoneOfZerosAloneAndNoneWhereItIsStopped) {
  const auto go_on = [](int64_t) { return false; };
  EXPECT_FALSE(HnswIndex::build(at::zeros({5, 4}), {}, go_on).has_value());
  EXPECT_FALSE(HnswIndex::build(at::zeros({0, 4}), {}, go_on).has_value());
  EXPECT_FALSE(HnswIndex::build(random_factors(50, 4, 1), {}, [](int64_t) { return true; }));
}

TEST(HnswIndex, OneItemIsFound) {
  const at::Tensor vectors = random_factors(1, 4, 1);
  std::vector<int64_t> items;
  built(vectors).search(vectors.const_data_ptr<float>(), 10, items);
  EXPECT_THAT(items, testing::ElementsAre(0));
}

}  // namespace
}  // namespace assay::ann
