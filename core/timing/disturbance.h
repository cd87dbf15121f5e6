#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "timing/resources.h"

namespace assay::timing {

/// What Linux counts about its cores since it was started.
struct CpuTimes {
  double busy_s = 0;    ///< of all cores together, what a hypervisor took not included
  double stolen_s = 0;  ///< taken by the hypervisor for others
};

/// The first line of /proc/stat, whose times are in ticks. None where it has another form.
std::optional<CpuTimes> read_cpu_times(std::istream& stat, double ticks_per_s);

/// Seconds in which at least one task of the machine waited for a core: `total` of the line `some`
/// of /proc/pressure/cpu (Linux 4.20 and later). None where it has another form.
std::optional<double> read_waited_s(std::istream& pressure);

/// What else the machine did while a round was timed, begun with the object.
///
/// Readings of stop(), each with its reason where it cannot be read:
/// - `others_cpu_share`: time that other processes ran, of the time of all cores. Ticks are coarse:
///   what they cannot tell from nothing is 0.
/// - `cpu_wait_share`: share of the time in which some task of the machine waited for a core
/// - `steal_share`: time that the hypervisor gave to others, of the time of all cores
/// - `involuntary_switches_per_s`: how often a second a thread of this process lost its core
class DisturbanceMeter {
 public:
  DisturbanceMeter();
  std::vector<ResourceReading> stop() const;

 private:
  struct Counters {
    int64_t ns = 0;
    double own_cpu_s = 0;
    std::optional<int64_t> switches;
    std::optional<CpuTimes> cores;
    std::optional<double> waited_s;
  };
  static Counters read();

  Counters start_;
};

}  // namespace assay::timing
