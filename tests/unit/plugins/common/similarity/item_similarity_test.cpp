#include <assay/extra/similarity/item_similarity.h>
#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::DoubleNear;
using testing::ElementsAre;

std::vector<double> similarities(const ItemSimilarity& similarity,
                                 const std::vector<int64_t>& items, int64_t place) {
  const auto among = similarity.for_candidates();
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
  const auto among = similarity->for_candidates();
  double out[2];
  const std::vector<int64_t> first = {0, 1}, second = {2, 0};
  among->gather(first);
  among->similarities(0, out);
  among->gather(second);
  among->similarities(0, out);
  EXPECT_THAT(out, ElementsAre(1, 0));
}

}  // namespace
}  // namespace assay::test
