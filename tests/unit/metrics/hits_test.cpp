#include "metrics/hits.h"

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "error/error.h"
#include "unit/metrics/lists.h"

namespace assay::metrics {
namespace {

using testing::Lists;
using testing::padded;
using testing::ragged;

TEST(Hits, FindsRelevantItemsAndNothingAtPadding) {
  const at::Tensor hits =
      find_hits(padded({{3, 1, 2}, {7}, {}}), ragged({{2, 3}, {1, 7, 8}, {0, 1}}));
  const bool expected[] = {true, false, true, true, false, false, false, false, false};
  for (int64_t i = 0; i < 9; ++i) EXPECT_EQ(hits.view({-1})[i].item<bool>(), expected[i]) << i;
}

TEST(Hits, BothWaysAgreeForAnyWidthAndAnyNumberOfRelevantItems) {
  std::mt19937 random(3);
  for (const int64_t width : {1, 8, 20, 31, 32, 33, 64, 100}) {
    Lists lists, truth;
    for (const size_t count : {0, 1, 2, 5, 20, 100, 255, 256, 257, 900}) {
      std::set<int64_t> list, relevant;
      while (list.size() < static_cast<size_t>(width)) list.insert(random() % 1000);
      while (relevant.size() < count) relevant.insert(random() % 1000);
      lists.emplace_back(list.begin(), list.end());
      lists.back().resize(random() % (width + 1));
      truth.emplace_back(relevant.begin(), relevant.end());
    }
    const at::Tensor items = padded(lists, width);
    const at::Tensor hits = find_hits(items, ragged(truth));
    EXPECT_TRUE(at::equal(hits, find_hits_aten(items, ragged(truth)))) << width;
    for (size_t r = 0; r < lists.size(); ++r) {
      for (size_t k = 0; k < lists[r].size(); ++k) {
        const bool relevant = std::binary_search(truth[r].begin(), truth[r].end(), lists[r][k]);
        EXPECT_EQ(hits[static_cast<int64_t>(r)][static_cast<int64_t>(k)].item<bool>(), relevant);
      }
    }
  }
}

TEST(Hits, NoListsAndNoTruthAreNoHits) {
  EXPECT_EQ(find_hits(padded({}, 5), ragged({})).size(0), 0);
  EXPECT_FALSE(find_hits(padded({{1, 2}}), ragged({{}})).any().item<bool>());
  EXPECT_FALSE(find_hits_aten(padded({{1, 2}}), ragged({{}})).any().item<bool>());
}

TEST(Hits, ListsAndTruthOfDifferentBatchesAreOurBug) {
  EXPECT_THROW(find_hits(padded({{1}, {2}}), ragged({{1}})), error::InternalError);
}

}  // namespace
}  // namespace assay::metrics
