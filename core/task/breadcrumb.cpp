#include "task/breadcrumb.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "error/error.h"

namespace assay::task {
namespace {

template <size_t size>
void copy_text(char (&to)[size], std::string_view from) {
  const size_t length = std::min(from.size(), size - 1);
  std::memcpy(to, from.data(), length);
  to[length] = '\0';
}

}  // namespace

int64_t monotonic_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

BreadcrumbFile::BreadcrumbFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(Breadcrumb)) != 0) {
    if (file >= 0) ::close(file);
    throw error::UserError(path, fmt::format("cannot be created ({})", std::strerror(errno)));
  }
  void* memory = ::mmap(nullptr, sizeof(Breadcrumb), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) throw error::UserError(path, "cannot be mapped into memory");
  crumb_ = static_cast<Breadcrumb*>(memory);
}

BreadcrumbFile::~BreadcrumbFile() { ::munmap(crumb_, sizeof(Breadcrumb)); }

BreadcrumbFile::Call::Call(BreadcrumbFile& file, const char* phase, const std::string& place,
                           const std::string& plugin, int64_t node, int64_t batch, double limit_s)
    : crumb_(*file.crumb_) {
  copy_text(crumb_.phase, phase);
  copy_text(crumb_.place, place);
  copy_text(crumb_.plugin, plugin);
  crumb_.node = node;
  crumb_.batch = batch;
  crumb_.limit_ns = static_cast<int64_t>(limit_s * 1e9);
  // The time comes last: a reader that sees it sees the rest.
  __atomic_store_n(&crumb_.busy_since_ns, monotonic_ns(), __ATOMIC_RELEASE);
}

BreadcrumbFile::Call::~Call() { __atomic_store_n(&crumb_.busy_since_ns, 0, __ATOMIC_RELEASE); }

void BreadcrumbFile::progress(int64_t done, int64_t total) {
  crumb_->done = done;
  crumb_->total = total;
}

Breadcrumb BreadcrumbFile::read() const { return *crumb_; }

void BreadcrumbFile::clear() { std::memset(crumb_, 0, sizeof(Breadcrumb)); }

}  // namespace assay::task
