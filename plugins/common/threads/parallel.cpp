#include <ATen/Parallel.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <atomic>

namespace assay::extra {

void parallel_blocks(int64_t count, int64_t block,
                     const std::function<void(int64_t, int64_t)>& body) {
  std::atomic<int64_t> next{0};
  const auto take_blocks = [&](int64_t, int64_t) {
    for (int64_t first; (first = next.fetch_add(block)) < count;) {
      body(first, std::min(first + block, count));
    }
  };
  const int64_t blocks = (count + block - 1) / block;
  at::parallel_for(0, std::min<int64_t>(blocks, at::get_num_threads()), 1, take_blocks);
}

}  // namespace assay::extra
