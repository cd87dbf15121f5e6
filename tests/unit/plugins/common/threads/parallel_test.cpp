#include <ATen/Parallel.h>
#include <assay/error.h>
#include <assay/extra/threads/parallel.h>
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace assay::test {
namespace {

using namespace extra;

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

}  // namespace
}  // namespace assay::test
