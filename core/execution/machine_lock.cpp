#include "execution/machine_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace assay::execution {

MachineLock::MachineLock(std::string path) : path_(std::move(path)) {}

MachineLock::~MachineLock() {
  if (file_ >= 0) ::close(file_);
}

std::string MachineLock::default_path() {
  const char* const given = std::getenv("ASSAY_TIMING_LOCK");
  return given != nullptr ? given : "/tmp/assay-timing.lock";
}

// A folder for all users lets nobody create over a file of another user (fs.protected_regular), but
// open one that is there: first that, then creating. No link is followed: the file is written to.
bool MachineLock::open() {
  if (file_ >= 0) return true;
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
  file_ = ::open(path_.c_str(), kFlags);
  if (file_ < 0 && errno == ENOENT) {
    file_ = ::open(path_.c_str(), kFlags | O_CREAT | O_EXCL, 0666);
    if (file_ >= 0) static_cast<void>(::fchmod(file_, 0666));  // whatever the umask is
    if (file_ < 0 && errno == EEXIST) file_ = ::open(path_.c_str(), kFlags);
  }
  if (file_ < 0) {
    why_ = fmt::format("{}: {}", path_, std::strerror(errno));
    return false;
  }
  struct stat info {};
  if (::fstat(file_, &info) == 0 && S_ISREG(info.st_mode)) return true;
  why_ = path_ + ": it is no file";
  ::close(file_);
  file_ = -1;
  return false;
}

MachineLock::State MachineLock::try_take() {
  if (path_.empty() || !open()) return State::unusable;
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return State::held_by_other;
    why_ = fmt::format("{}: {}", path_, std::strerror(errno));
    return State::unusable;
  }
  const std::string own = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, own.data(), own.size(), 0) < 0)
    why_ = fmt::format("{}: {}", path_, std::strerror(errno));  // locked all the same
  return State::taken;
}

std::optional<int64_t> MachineLock::holder() const {
  std::array<char, 32> text{};
  const ssize_t size = file_ < 0 ? 0 : ::pread(file_, text.data(), text.size(), 0);
  int64_t pid = 0;
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc())
    return std::nullopt;
  return pid;
}

}  // namespace assay::execution
