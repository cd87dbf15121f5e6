#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::timing {

/// Energy of the processor packages, from the kernel's powercap files (RAPL; Intel and AMD): all
/// that the packages draw, whoever causes it.
class CpuEnergy {
 public:
  /// @param folder  "/sys/class/powercap"; a test gives its own
  explicit CpuEnergy(const std::string& folder = "/sys/class/powercap");

  /// Since the first call, in joules; none where it cannot be read. Counters wrap; call it at least
  /// every minute.
  std::optional<double> joules();
  /// Why there is none.
  const std::string& reason() const { return reason_; }

 private:
  struct Package {
    std::string file;      // energy_uj
    int64_t range_uj = 0;  // where the counter wraps
    int64_t last_uj = 0;
  };

  std::vector<Package> packages_;
  double joules_ = 0;
  std::string reason_;
};

}  // namespace assay::timing
