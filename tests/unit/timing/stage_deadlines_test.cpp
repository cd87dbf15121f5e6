#include "timing/stage_deadlines.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "task/breadcrumb.h"

namespace assay::timing {
namespace {

/// A host with one request, taken, and a stage with a deadline that is node 1.
class StageDeadlinesOfOneBatch : public ::testing::Test {
 protected:
  StageDeadlines::Deadline deadline(int64_t ms) const { return {ms * 1'000'000, {}}; }

  void SetUp() override {
    host_.arrive(0, 0);
    batch_ = host_.take(0);
    breakers_.emplace(1, CircuitBreaker(0, 0));
  }

  ServerHost host_{{{0, 0}}, 1, task::ServingSpec{}};
  std::vector<int64_t> batch_;
  Breakers breakers_;
  std::mutex mutex_;
};

TEST_F(StageDeadlinesOfOneBatch, AStageIsToldWhatItsDeadlineLeaves) {
  StageDeadlines clock({{1, deadline(10'000)}}, breakers_, host_, mutex_, task::monotonic_ns());
  clock.begin(batch_);
  clock.start(1);
  const double at_first = clock.remaining_ms(1);
  EXPECT_GT(at_first, 0);
  EXPECT_LE(at_first, 10'000);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_LE(clock.remaining_ms(1), at_first - 5);
  clock.stop(1);
}

TEST_F(StageDeadlinesOfOneBatch, AStageWithoutADeadlineHasAllTheTime) {
  StageDeadlines clock({{1, deadline(10'000)}}, breakers_, host_, mutex_, task::monotonic_ns());
  clock.begin(batch_);
  clock.start(0);
  EXPECT_EQ(clock.remaining_ms(0), -1);
  clock.start(1);
  EXPECT_EQ(clock.remaining_ms(2), -1);
  clock.stop(1);
}

TEST_F(StageDeadlinesOfOneBatch, NothingIsLeftOfADeadlineThatHasPassed) {
  StageDeadlines clock({{1, deadline(1)}}, breakers_, host_, mutex_, task::monotonic_ns());
  clock.begin(batch_);
  clock.start(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(clock.remaining_ms(1), 0);
  EXPECT_THROW(clock.stop(1), BatchAbandoned);
}

}  // namespace
}  // namespace assay::timing
