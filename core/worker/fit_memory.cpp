#include "worker/fit_memory.h"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "worker/host_facts.h"

namespace assay::worker {
namespace {

int64_t forgotten_peak = 0;  // before the system's count began anew

/// Sets the peak of this process back to what it holds now; false where the system does not let us.
bool forget_peak() {
  forgotten_peak = worker_peak_bytes();
  std::ofstream out("/proc/self/clear_refs");
  out << "5";
  return static_cast<bool>(out.flush());
}

}  // namespace

// Lines of /proc/self/status: "VmRSS:     12345 kB".
std::optional<FitMemory::Held> FitMemory::held(const char* all) {
  constexpr char kFiles[] = "RssFile:";
  std::ifstream in("/proc/self/status");
  std::optional<int64_t> bytes, files;
  for (std::string line; std::getline(in, line);) {
    const auto value = [&] { return std::stoll(line.substr(line.find(':') + 1)) * 1024; };
    if (line.starts_with(all)) bytes = value();
    if (line.starts_with(kFiles)) files = value();
  }
  if (!bytes || !files) return std::nullopt;
  return Held{*bytes, *files};
}

FitMemory::FitMemory() {
  ::malloc_trim(0);
  if (forget_peak()) before_ = held("VmRSS:");
}

int64_t worker_peak_bytes() { return std::max(forgotten_peak, peak_memory_bytes()); }

std::optional<int64_t> FitMemory::growth() const {
  const std::optional<Held> after = before_ ? held("VmHWM:") : std::nullopt;
  if (!after) return std::nullopt;
  const int64_t mapped = std::max<int64_t>(0, after->files - before_->files);
  return std::max<int64_t>(0, after->all - before_->all - mapped);
}

}  // namespace assay::worker
