#include <assay/extra/neighbours/item_weights.h>
#include <assay/extra/neighbours/tiles.h>
#include <gmock/gmock.h>

#include <random>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

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

// Weights of 300 items, some against each other, many equal.
ItemWeights drawn_weights(std::mt19937& draw, bool negative) {
  std::vector<int64_t> offsets = {0};
  std::vector<int> target;
  std::vector<double> weight;
  for (int past = 0; past < 300; ++past) {
    for (int item = 0; item < 300; ++item) {
      if (past % 7 == 0 || draw() % 10 != 0) continue;
      target.push_back(item);
      weight.push_back((static_cast<double>(draw() % 9) - (negative ? 4 : 0)) / 8);
    }
    offsets.push_back(static_cast<int64_t>(target.size()));
  }
  return {at::tensor(offsets, at::kLong), at::tensor(target, at::kInt),
          at::tensor(weight, at::kDouble)};
}

TEST(ItemWeights, ListsAreThoseOfTheScoresOfTheWholeCatalogue) {
  std::mt19937 draw(9);
  const Rounding round(10);
  for (const bool negative : {false, true}) {
    const ItemWeights weights = drawn_weights(draw, negative);
    Lists histories, excluded;
    for (int row = 0; row < 50; ++row) {
      histories.emplace_back();
      excluded.emplace_back();
      for (int64_t item = 0; item < 300; ++item) {
        if (row % 9 != 0 && draw() % (1 + static_cast<unsigned>(row)) == 0)
          histories.back().push_back(item);
        if (draw() % 6 == 0) excluded.back().push_back(item);
      }
    }
    RequestBatch requests = requests_of(histories);
    requests.excluded = ragged(excluded);
    for (const int64_t k : {1, 10, 60, 250}) {
      const CandidateBatch got = weights.recall(requests, k, round);
      const CandidateBatch plain = known_top_k_in_tiles(
          requests, 300, k, [&](const RequestBatch& tile) { return weights.scores(tile, round); });
      EXPECT_TRUE(got.item.equal(plain.item)) << k;
      EXPECT_TRUE(got.score.equal(plain.score)) << k;
    }
  }
}

}  // namespace
}  // namespace assay::test
