#include "worker/memory_limit.h"

#include <sys/resource.h>

#include <fstream>
#include <string>

#include "error/error.h"

namespace assay::worker {
namespace {

// Private memory that this process has asked for so far, in bytes.
double private_memory() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmData:")) return std::stod(line.substr(7)) * 1024;
  }
  return 0;
}

}  // namespace

MemoryLimit::MemoryLimit(double gib) : start_(private_memory()), usual_(gib * 1024 * 1024 * 1024) {
  allow(0);
}

// RLIMIT_DATA counts private memory that was asked for. Only its soft value is set, since a later
// task may be allowed more.
void MemoryLimit::allow(int64_t bytes) const {
  const double allowed = bytes > 0 ? static_cast<double>(bytes) : usual_;
  rlimit limit{};
  error::require(::getrlimit(RLIMIT_DATA, &limit) == 0, "the memory limit cannot be read");
  limit.rlim_cur = allowed > 0 ? static_cast<rlim_t>(start_ + allowed) : limit.rlim_max;
  if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
  error::require(::setrlimit(RLIMIT_DATA, &limit) == 0, "the memory limit cannot be set");
}

}  // namespace assay::worker
