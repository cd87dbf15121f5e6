#include "timing/resources.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "task/breadcrumb.h"

namespace assay::timing {
namespace {

// The second number of /proc/self/statm, in pages.
std::optional<double> resident_bytes() {
  std::ifstream in("/proc/self/statm");
  int64_t size = 0, resident = 0;
  if (!(in >> size >> resident)) return std::nullopt;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

double process_cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

ResourceSampler::ResourceSampler(task::Device device, double period_s)
    : gpu_(device),
      period_s_(period_s),
      started_ns_(task::monotonic_ns()),
      cpu_start_s_(process_cpu_seconds()),
      gpu_start_joules_(gpu_.joules()),
      thread_([this] { watch(); }) {}

ResourceSampler::~ResourceSampler() {
  if (thread_.joinable()) stop();
}

std::vector<ResourceReading> ResourceSampler::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_one();
  thread_.join();
  return std::move(readings_);
}

void ResourceSampler::watch() {
  std::unique_lock lock(mutex_);
  const auto period = std::chrono::duration<double>(period_s_);
  do read();
  while (!ended_.wait_for(lock, period, [this] { return ending_; }));
  read();
}

double ResourceSampler::elapsed_s() const {
  return static_cast<double>(task::monotonic_ns() - started_ns_) * 1e-9;
}

void ResourceSampler::read() {
  const double at = elapsed_s();
  add(at, "cpu_seconds", process_cpu_seconds() - cpu_start_s_, "");
  add(at, "rss_bytes", resident_bytes(), "/proc/self/statm cannot be read");
  const std::optional<double> cpu_joules = energy_.joules();
  add(at, "cpu_joules", cpu_joules, energy_.reason());
  add(at, "gpu_bytes", gpu_.memory_bytes(), gpu_.reason());
  add(at, "gpu_busy", gpu_.busy_share(), gpu_.reason());
  std::optional<double> gpu_joules = gpu_.joules();
  if (gpu_joules && gpu_start_joules_) *gpu_joules -= *gpu_start_joules_;
  add(at, "gpu_joules", gpu_joules, gpu_.reason());
}

void ResourceSampler::add(double seconds, const char* name, std::optional<double> value,
                          const std::string& reason) {
  const bool told = !value && std::ranges::any_of(readings_, [&](const ResourceReading& reading) {
    return reading.name == name && !reading.value;
  });
  if (!told) readings_.push_back({seconds, name, value, value ? "" : reason});
}

}  // namespace assay::timing
