#include "dataset/preallocated_tensor_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataset/mapped_file.h"

namespace assay::dataset {
namespace {

// Blocks are taken before they are used, since a full disk would end the process at a store.
bool extend(int file, size_t place, size_t bytes) {
  return ::fallocate(file, 0, static_cast<off_t>(place), static_cast<off_t>(bytes)) == 0;
}

// Writes all of it, at a place of the file.
bool write_at(int file, std::span<const std::byte> bytes, size_t place) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
    place += static_cast<size_t>(written);
  }
  return true;
}

}  // namespace

std::shared_ptr<PreallocatedTensorFile> PreallocatedTensorFile::make(const std::string& folder,
                                                                     size_t header, size_t bytes) {
  make_parent(folder + "/file");
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (file < 0) return nullptr;
  const size_t size = header + bytes;
  void* const start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (start == MAP_FAILED || !extend(file, 0, header)) {
    if (start != MAP_FAILED) ::munmap(start, size);
    ::close(file);
    return nullptr;
  }
  return std::shared_ptr<PreallocatedTensorFile>(
      new PreallocatedTensorFile(file, static_cast<std::byte*>(start), header, size));
}

PreallocatedTensorFile::~PreallocatedTensorFile() {
  ::munmap(start_, size_);
  ::close(file_);
}

std::span<std::byte> PreallocatedTensorFile::take(size_t bytes) {
  if (bytes > size_ - header_ - taken_ || !extend(file_, header_ + taken_, bytes)) return {};
  std::byte* const next = start_ + header_ + taken_;
  taken_ += bytes;
  return {next, bytes};
}

bool PreallocatedTensorFile::finish(size_t used, std::span<const std::span<const std::byte>> rest,
                                    const std::string& path) {
  size_t end = header_ + used;
  for (const auto bytes : rest) {
    if (!write_at(file_, bytes, end)) return false;
    end += bytes.size();
  }
  const std::string here = fmt::format("/proc/self/fd/{}", file_);
  return ::ftruncate(file_, static_cast<off_t>(end)) == 0 &&
         ::linkat(AT_FDCWD, here.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

}  // namespace assay::dataset
