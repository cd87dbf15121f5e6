#include <ATen/ops/randn.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/kernels.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;

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

}  // namespace
}  // namespace assay::test
