#include "dataset/disk_space.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/statvfs.h>

#include <array>
#include <filesystem>

#include "error/error.h"

namespace assay::dataset {

namespace fs = std::filesystem;

int64_t free_bytes(const std::string& folder) {
  std::error_code error;
  fs::path place = fs::absolute(folder, error);
  while (!fs::exists(place, error) && place.has_relative_path()) place = place.parent_path();
  struct statvfs system {};
  if (::statvfs(place.c_str(), &system) != 0) return -1;
  return static_cast<int64_t>(system.f_bavail) * static_cast<int64_t>(system.f_frsize);
}

void check_disk(const std::string& folder, const std::vector<DiskNeed>& needs, const AskDisk& ask) {
  int64_t all = 0;
  std::vector<std::string> parts;
  for (const DiskNeed& need : needs) {
    all += need.bytes;
    if (need.bytes > 0) parts.push_back(fmt::format("{} {}", need.what, bytes_text(need.bytes)));
  }
  const int64_t free = ask(folder);
  if (free < 0 || all <= free) return;
  throw error::UserError(
      folder, fmt::format("the disk of the cache has {} free, and about {} are needed ({}); free "
                          "some (`assay cache prune --keep 10GiB` removes what was used least "
                          "recently), or name another folder with ASSAY_CACHE",
                          bytes_text(free), bytes_text(all), fmt::join(parts, ", ")));
}

std::string bytes_text(int64_t bytes) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (value /= 1024; value >= 1023.95 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  const std::string text = fmt::format("{:.1f}", value);
  return fmt::format("{} {}", text.ends_with(".0") ? text.substr(0, text.size() - 2) : text,
                     kUnits[unit]);
}

}  // namespace assay::dataset
