#include "dataset/large_vector.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace assay::large_vector_detail {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kSmallest = 16 * kPage;
constexpr size_t kHugePage = 2 << 20;

size_t rounded(size_t bytes) {
  const size_t unit = bytes >= 2 * kHugePage ? kHugePage : kPage;
  return (std::max(bytes, kSmallest) + unit - 1) / unit * unit;
}

}  // namespace

void* regrown(void* old, size_t old_bytes, size_t& bytes) {
  bytes = rounded(bytes);
  void* memory = old ? ::mremap(old, old_bytes, bytes, MREMAP_MAYMOVE)
                     : ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // A wish: without huge pages it is slower, not wrong.
  if (bytes >= 2 * kHugePage) (void)::madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void release(void* memory, size_t bytes) noexcept {
  if (memory) ::munmap(memory, bytes);
}

}  // namespace assay::large_vector_detail
