#include "worker/host_facts.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <torch/csrc/api/include/torch/version.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace assay::worker {
namespace {

// The value of the first line "key<blanks>: value" of a file of /proc.
std::string proc_value(const char* path, const std::string& key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const size_t start = line.find_first_not_of(" \t", line.find(':') + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

std::string operating_system() {
  utsname name{};
  ::uname(&name);
  return std::string(name.sysname) + " " + name.release;
}

// NVIDIA's kernel module tells model and driver without its library.
std::optional<std::string> gpu_driver() {
  std::ifstream in("/proc/driver/nvidia/version");
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return line.substr(line.find(':') + 2);
}

// "/proc/driver/nvidia/gpus/<bus>/information" holds "Model: <tab> NVIDIA H100".
std::optional<std::string> gpu_model() {
  std::error_code missing;
  for (const auto& gpu : std::filesystem::directory_iterator("/proc/driver/nvidia/gpus", missing)) {
    const std::string model = proc_value((gpu.path() / "information").c_str(), "Model");
    if (!model.empty()) return model;
  }
  return std::nullopt;
}

// 13000 is CUDA 13.0.
std::string cuda_version() {
  const long version = at::detail::getCUDAHooks().versionCUDART();
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace

int64_t peak_memory_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

results::HostFacts host_facts(const task::NumericSpec& numeric) {
  results::HostFacts facts;
  facts.device = name_of(numeric.device);
  facts.cpu_model = proc_value("/proc/cpuinfo", "model name");
  facts.cpu_cores = static_cast<int>(std::thread::hardware_concurrency());
  facts.memory_bytes = int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
  facts.torch = TORCH_VERSION;
#ifdef __clang__
  facts.compiler = "clang " __clang_version__;
#else
  facts.compiler = "gcc " __VERSION__;
#endif
#ifdef NDEBUG
  facts.build_type = "release";
#else
  facts.build_type = "debug";
#endif
  facts.os = operating_system();
  facts.threads = static_cast<int>(numeric.threads);
  if (numeric.device != task::Device::cpu) {
    facts.gpu_driver = gpu_driver();
    facts.gpu_model = gpu_model();
    facts.cuda = cuda_version();
  }
  return facts;
}

}  // namespace assay::worker
