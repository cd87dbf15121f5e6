#pragma once

#include <memory>
#include <optional>
#include <string>

#include "task/settings.h"

namespace assay::timing {

/// What NVIDIA's management library says of the GPU that a worker uses. The library is opened at
/// run time: a machine without it has no readings, and a reason.
class GpuMeter {
 public:
  /// On a CPU nothing is opened.
  explicit GpuMeter(task::Device device);
  ~GpuMeter();
  GpuMeter(const GpuMeter&) = delete;

  std::optional<double> memory_bytes() const;  ///< in use on the device, by all processes
  std::optional<double> busy_share() const;    ///< of the driver's last sampling period, in [0, 1]
  std::optional<double> joules() const;        ///< since the driver was loaded
  /// Why readings are missing.
  const std::string& reason() const { return reason_; }

 private:
  struct Library;

  std::unique_ptr<Library> library_;  // null: there are no readings
  std::string reason_;
};

}  // namespace assay::timing
