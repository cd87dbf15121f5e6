#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace assay::execution {

/// A lock that one process of a machine holds at a time: two timing passes at once would time each
/// other. It is the kernel's (flock(2)), so it ends with its holder however that ends, and a file
/// that is left means nothing.
class MachineLock {
 public:
  /// Takes nothing yet. @param path  a file, made where there is none and never removed
  explicit MachineLock(std::string path);
  ~MachineLock();
  MachineLock(const MachineLock&) = delete;
  MachineLock& operator=(const MachineLock&) = delete;

  /// `/tmp/assay-timing.lock`, the same for all users; ASSAY_TIMING_LOCK names another one, and ""
  /// none.
  static std::string default_path();

  enum class State { taken, held_by_other, unusable };
  /// unusable: the file cannot be opened, which why() explains; nothing is locked then.
  State try_take();
  /// Process that holds it, as it wrote itself down; none: not known.
  std::optional<int64_t> holder() const;
  const std::string& why() const { return why_; }

 private:
  bool open();

  std::string path_;
  std::string why_;
  int file_ = -1;
};

}  // namespace assay::execution
