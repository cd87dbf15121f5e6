#include "dataset/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "dataset/large_vector.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

namespace fs = std::filesystem;

struct Descriptor {
  int fd;
  ~Descriptor() { ::close(fd); }
};

[[noreturn]] void cannot(const std::string& path, const char* what, int error) {
  throw error::UserError(path, fmt::format("{}: {}", what, std::strerror(error)));
}

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) cannot(path, "cannot be read", errno);
  const Descriptor descriptor{fd};
  struct stat status {};
  if (::fstat(fd, &status) != 0) cannot(path, "cannot be read", errno);
  if (!S_ISREG(status.st_mode)) throw error::UserError(path, "is not a regular file");
  const size_t size = static_cast<size_t>(status.st_size);
  if (size == 0) return;
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (start == MAP_FAILED) cannot(path, "cannot be mapped", errno);
  mapping_ = std::shared_ptr<const void>(
      start, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  bytes_ = {static_cast<const std::byte*>(start), size};
}

MappedFile MappedFile::copy_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in || !fs::is_regular_file(path)) cannot(path, "cannot be read", errno);
  const auto bytes = std::make_shared<LargeVector<char>>();
  const auto size = static_cast<size_t>(in.tellg());
  in.seekg(0);
  in.read(bytes->extend(size), static_cast<std::streamsize>(size));
  if (static_cast<size_t>(in.gcount()) != size)
    throw error::UserError(
        path, "changed while it was read; run again when no other process writes to it");
  MappedFile out;
  out.bytes_ = std::as_bytes(std::span(bytes->data(), bytes->size()));
  out.mapping_ = bytes;
  return out;
}

std::string temporary_beside(const std::string& path) {
  static std::atomic<int> count{0};
  return fmt::format("{}.tmp.{}.{}", path, ::getpid(), count++);
}

void make_parent(const std::string& path) {
  std::error_code error;
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  if (error) throw error::UserError(parent.string(), "cannot be made: " + error.message());
}

void move_into_place(const std::string& temporary, const std::string& path) {
  if (::rename(temporary.c_str(), path.c_str()) == 0) return;
  const int error = errno;
  ::unlink(temporary.c_str());
  cannot(path, "cannot be written", error);
}

void write_atomically(const std::string& path, const std::string& bytes) {
  make_parent(path);
  const std::string temporary = temporary_beside(path);
  {
    std::ofstream out(temporary, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) {
      ::unlink(temporary.c_str());
      throw error::UserError(path, "cannot be written");
    }
  }
  move_into_place(temporary, path);
}

}  // namespace assay::dataset
