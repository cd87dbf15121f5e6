#include "process/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "error/error.h"

namespace assay::process {

namespace {

void check(bool holds, std::string_view problem) {
  if (!holds) throw error::InternalError(fmt::format("{} ({})", problem, std::strerror(errno)));
}

Descriptor above_standard_streams(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return Descriptor(fd);
  const Descriptor low(fd);
  return Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

}  // namespace

void Descriptor::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Pipe::Pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe cannot be made");
  read_end = above_standard_streams(ends[0]);
  write_end = above_standard_streams(ends[1]);
  check(read_end.get() >= 0 && write_end.get() >= 0, "a pipe cannot be made");
}

Descriptor memory_file(std::string_view text) {
  Descriptor file = above_standard_streams(::memfd_create("assay", MFD_CLOEXEC));
  check(file.get() >= 0, "a file in memory cannot be made");
  for (size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(file.get(), text.data() + done, text.size() - done);
    check(wrote > 0 || errno == EINTR, "a file in memory cannot be written");
    if (wrote > 0) done += static_cast<size_t>(wrote);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

Descriptor open_file(const char* path, int flags) {
  return above_standard_streams(::open(path, flags | O_CLOEXEC, 0600));
}

}  // namespace assay::process
