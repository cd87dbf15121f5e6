#pragma once

#include <string_view>
#include <utility>

namespace assay::process {

/// A file descriptor that closes itself.
///
/// Those that this folder makes are closed in a program that is started (O_CLOEXEC), and none is
/// 0, 1 or 2, even where this process was started without standard streams: a child gets its own
/// there.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }  ///< -1 where it holds none
  void close();

 private:
  int fd_ = -1;
};

/// What is written at one end is read at the other. Throws InternalError where the system has no
/// descriptor left.
struct Pipe {
  Pipe();
  Descriptor read_end;
  Descriptor write_end;
};

/// A file in memory that holds `text` and is at its beginning: unlike a pipe it takes any number of
/// bytes without a reader. Throws InternalError where there is no memory or no descriptor left.
Descriptor memory_file(std::string_view text = "");

/// Opens a file with the flags of open(2); one that is made belongs to the user alone (0600). The
/// descriptor is -1 where that fails, and errno says why.
Descriptor open_file(const char* path, int flags);

}  // namespace assay::process
