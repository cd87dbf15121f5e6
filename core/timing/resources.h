#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "timing/cpu_energy.h"
#include "timing/gpu_meter.h"

namespace assay::timing {

/// Seconds that all threads of this process have run since it began.
double process_cpu_seconds();

/// One reading of a resource of this process or its machine.
struct ResourceReading {
  double seconds = 0;           ///< since sampling began
  std::string name;             ///< see ResourceSampler
  std::optional<double> value;  ///< none: it cannot be read
  std::string reason;           ///< why not
};

/// Reads resources in the background, while a round is timed.
///
/// `cpu_seconds` (of all threads of the process), `cpu_joules` (of the machine's packages) and
/// `gpu_joules` count from the start of sampling; `rss_bytes`, `gpu_bytes` and `gpu_busy` (a share)
/// are what they are at the moment. A resource that cannot be read has one reading without value.
class ResourceSampler {
 public:
  /// @param device    of the worker: "cpu", "cuda"
  /// @param period_s  between two readings
  explicit ResourceSampler(task::Device device, double period_s = 0.1);
  ~ResourceSampler();
  ResourceSampler(const ResourceSampler&) = delete;

  /// Ends sampling with one last reading, and returns them all.
  std::vector<ResourceReading> stop();

 private:
  void watch();
  void read();
  void add(double seconds, const char* name, std::optional<double> value,
           const std::string& reason);
  double elapsed_s() const;

  GpuMeter gpu_;
  CpuEnergy energy_;
  double period_s_;
  int64_t started_ns_;
  double cpu_start_s_;
  std::optional<double> gpu_start_joules_;
  std::vector<ResourceReading> readings_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace assay::timing
