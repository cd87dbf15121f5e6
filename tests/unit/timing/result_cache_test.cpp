#include "timing/result_cache.h"

#include <gtest/gtest.h>

namespace assay::timing {
namespace {

TEST(ResultCache, HitsWhatWasPutIn) {
  ResultCache cache(2, 0);
  EXPECT_FALSE(cache.find(1, 0));
  cache.put(1, 0);
  EXPECT_TRUE(cache.find(1, 1'000'000'000));
}

TEST(ResultCache, TheLeastRecentlyUsedGoesFirst) {
  ResultCache cache(2, 0);
  cache.put(1, 0);
  cache.put(2, 1);
  EXPECT_TRUE(cache.find(1, 2));  // now 2 is the oldest
  cache.put(3, 3);
  EXPECT_TRUE(cache.find(1, 4));
  EXPECT_FALSE(cache.find(2, 4));
  EXPECT_TRUE(cache.find(3, 4));
}

TEST(ResultCache, AnAnswerIsGoodForItsTimeOnly) {
  ResultCache cache(2, 100);
  cache.put(1, 0);
  EXPECT_TRUE(cache.find(1, 99));  // a hit does not renew it
  EXPECT_FALSE(cache.find(1, 100));
  cache.put(1, 100);
  EXPECT_TRUE(cache.find(1, 199));
}

TEST(ResultCache, PuttingInAgainRenews) {
  ResultCache cache(1, 100);
  cache.put(1, 0);
  cache.put(1, 50);
  EXPECT_TRUE(cache.find(1, 120));
}

TEST(ResultCache, WithoutCapacityNothingIsKept) {
  ResultCache cache(0, 0);
  cache.put(1, 0);
  EXPECT_FALSE(cache.find(1, 0));
}

}  // namespace
}  // namespace assay::timing
