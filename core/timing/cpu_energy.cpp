#include "timing/cpu_energy.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace assay::timing {
namespace {

std::optional<int64_t> number_in(const std::string& path) {
  std::ifstream in(path);
  int64_t value = 0;
  if (!(in >> value)) return std::nullopt;
  return value;
}

// "intel-rapl:0" is a package; "intel-rapl:0:1" a part of it.
bool is_package(const std::string& name) {
  return name.starts_with("intel-rapl:") && std::ranges::count(name, ':') == 1;
}

}  // namespace

CpuEnergy::CpuEnergy(const std::string& folder) {
  std::error_code missing;
  bool any = false;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    if (!is_package(entry.path().filename().string())) continue;
    any = true;
    const std::string file = (entry.path() / "energy_uj").string();
    const auto now = number_in(file);
    const auto range = number_in((entry.path() / "max_energy_range_uj").string());
    if (now && range) packages_.push_back({file, *range, *now});
  }
  if (!packages_.empty()) return;
  reason_ = any ? "energy_uj in " + folder + " cannot be read (it needs root on most machines)"
                : "the machine shows no RAPL counters in " + folder;
}

std::optional<double> CpuEnergy::joules() {
  if (packages_.empty()) return std::nullopt;
  for (Package& package : packages_) {
    const auto now = number_in(package.file);
    if (!now) {
      reason_ = package.file + " can no longer be read";
      packages_.clear();
      return std::nullopt;
    }
    int64_t used = *now - package.last_uj;
    if (used < 0) used += package.range_uj;
    joules_ += static_cast<double>(used) * 1e-6;
    package.last_uj = *now;
  }
  return joules_;
}

}  // namespace assay::timing
