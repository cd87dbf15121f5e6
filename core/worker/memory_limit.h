#pragma once

#include <cstdint>

namespace assay::worker {

/// How much private memory a worker may take beyond what it started with, so that a runaway fit
/// cannot take the machine down. Mapped files are not counted: data caches stay free.
class MemoryLimit {
 public:
  /// @param gib  for tasks that say nothing of their own; 0: no limit
  /// Throws InternalError where the limit cannot be set.
  explicit MemoryLimit(double gib);

  /// For the next task.
  /// @param bytes  0: as the worker was started
  void allow(int64_t bytes) const;

 private:
  double start_ = 0;  // bytes that this process had asked for before its first task
  double usual_ = 0;
};

}  // namespace assay::worker
