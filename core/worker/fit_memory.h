#pragma once

#include <cstdint>
#include <optional>

namespace assay::worker {

/// How much memory a fit takes beyond what its worker held before: begun right before it, read
/// right after. Memory that is freed goes back to the system first, so that an earlier fit of the same
/// worker hides nothing. Pages of mapped files are not counted: the system takes them back as it
/// likes, and only the first fit of a worker would have them.
class FitMemory {
 public:
  FitMemory();
  /// Bytes at the peak since it was made, at least 0; none where the system does not tell.
  std::optional<int64_t> growth() const;

 private:
  struct Held {
    int64_t all = 0, files = 0;
  };
  static std::optional<Held> held(const char* all);

  std::optional<Held> before_;
};

/// The most that this process has held since it began. The system's own count begins anew with each
/// FitMemory.
int64_t worker_peak_bytes();

}  // namespace assay::worker
