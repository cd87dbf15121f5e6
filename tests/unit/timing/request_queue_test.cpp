#include "timing/request_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::timing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RequestQueue, GivesRequestsOneByOneInOrder) {
  RequestQueue queue({});
  EXPECT_EQ(queue.ready_at(), std::nullopt);
  EXPECT_THAT(queue.take(0), IsEmpty());
  EXPECT_TRUE(queue.offer(4, 10));
  EXPECT_TRUE(queue.offer(5, 12));
  EXPECT_EQ(queue.ready_at(), 10);
  EXPECT_THAT(queue.take(20), ElementsAre(4));
  EXPECT_THAT(queue.take(20), ElementsAre(5));
  EXPECT_THAT(queue.take(20), IsEmpty());
}

TEST(RequestQueue, RefusesWhatItHasNoRoomFor) {
  RequestQueue queue({.capacity = 2});
  EXPECT_TRUE(queue.offer(0, 0));
  EXPECT_TRUE(queue.offer(1, 0));
  EXPECT_FALSE(queue.offer(2, 0));
  EXPECT_THAT(queue.take(1), ElementsAre(0));
  EXPECT_TRUE(queue.offer(3, 1));
  EXPECT_THAT(queue.take(1), ElementsAre(1));
  EXPECT_THAT(queue.take(1), ElementsAre(3));
}

TEST(RequestQueue, AFullBatchGoesAtOnce) {
  RequestQueue queue({.batch_size = 2, .wait_ns = 100});
  queue.offer(0, 0);
  EXPECT_THAT(queue.take(50), IsEmpty());
  queue.offer(1, 60);
  EXPECT_EQ(queue.ready_at(), 0);
  EXPECT_THAT(queue.take(60), ElementsAre(0, 1));
}

TEST(RequestQueue, APartOfABatchGoesWhenItsFirstRequestHasWaited) {
  RequestQueue queue({.batch_size = 8, .wait_ns = 100});
  queue.offer(0, 10);
  queue.offer(1, 90);
  EXPECT_EQ(queue.ready_at(), 110);
  EXPECT_THAT(queue.take(109), IsEmpty());
  EXPECT_THAT(queue.take(110), ElementsAre(0, 1));
}

TEST(RequestQueue, NothingWaitsForOthersOnceNoneWillCome) {
  RequestQueue queue({.batch_size = 8, .wait_ns = 100});
  queue.offer(0, 10);
  queue.close();
  EXPECT_THAT(queue.take(11), ElementsAre(0));
}

}  // namespace
}  // namespace assay::timing
