#include "dataset/large_vector.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "error/error.h"

namespace assay::dataset::large_vector_detail {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kSmallest = 16 * kPage;
constexpr size_t kHugePage = 2 << 20;

size_t rounded(size_t bytes) {
  const size_t unit = bytes >= 2 * kHugePage ? kHugePage : kPage;
  return (std::max(bytes, kSmallest) + unit - 1) / unit * unit;
}

// TMPDIR, else the folder for what is large: /tmp may itself be memory.
std::string spill_folder() {
  const char* named = std::getenv("TMPDIR");
  return named && *named ? named : "/var/tmp";
}

[[noreturn]] void cannot_spill(const char* what, int error) {
  throw error::UserError(
      spill_folder(),
      fmt::format("{} for a column that is too long for memory: {}; set TMPDIR to another folder",
                  what, std::strerror(error)));
}

// A file without a name, which is gone when it is closed.
int open_spill() {
  std::string path = spill_folder() + "/assay_column_XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) cannot_spill("no temporary file can be made", errno);
  ::unlink(path.c_str());
  return fd;
}

// Blocks are taken now, since a full disk would end the process at a store.
void make_room(int fd, size_t bytes) {
  const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  if (error != 0) cannot_spill("there is no space", error);
}

void* checked(void* memory) {
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

void* regrown_in_memory(const Memory& old, size_t used, size_t bytes) {
  const bool own = old.start && !old.lent;
  void* const start = checked(own ? ::mremap(old.start, old.bytes, bytes, MREMAP_MAYMOVE)
                                  : ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (old.lent) std::memcpy(start, old.start, used);
  // A wish: without huge pages it is slower, not wrong.
  if (bytes >= 2 * kHugePage) (void)::madvise(start, bytes, MADV_HUGEPAGE);
  return start;
}

void* regrown_in_file(const Memory& old, size_t used, size_t bytes, int fd) {
  make_room(fd, bytes);
  if (old.file >= 0) return checked(::mremap(old.start, old.bytes, bytes, MREMAP_MAYMOVE));
  void* const start = checked(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  if (used > 0) std::memcpy(start, old.start, used);
  if (old.start && !old.lent) ::munmap(old.start, old.bytes);
  return start;
}

}  // namespace

void Memory::grow(size_t used, size_t at_least, size_t most_in_memory) {
  const size_t size = rounded(at_least);
  if (size <= most_in_memory) {
    start = regrown_in_memory(*this, used, size);
  } else {
    const int fd = file >= 0 ? file : open_spill();
    try {
      start = regrown_in_file(*this, used, size, fd);
    } catch (...) {
      if (file < 0) ::close(fd);
      throw;
    }
    file = fd;
  }
  bytes = size;
  lent = false;
}

void Memory::lend(void* from, size_t size) {
  error::require(!start, "a vector that takes its memory elsewhere has none");
  start = from;
  bytes = size;
  lent = true;
}

Memory::~Memory() {
  if (start && !lent) ::munmap(start, bytes);
  if (file >= 0) ::close(file);
}

}  // namespace assay::dataset::large_vector_detail
