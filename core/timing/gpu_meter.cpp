#include "timing/gpu_meter.h"

#include <dlfcn.h>

#include <cstdlib>

namespace assay::timing {

// Entry points and structs as nvml.h has them; 0 is NVML_SUCCESS everywhere.
struct GpuMeter::Library {
  struct Memory {
    unsigned long long total, free, used;
  };
  struct Use {
    unsigned int gpu, memory;  // percent
  };
  using Handle = void*;

  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*by_index)(unsigned int, Handle*) = nullptr;
  int (*memory)(Handle, Memory*) = nullptr;
  int (*use)(Handle, Use*) = nullptr;
  int (*energy)(Handle, unsigned long long*) = nullptr;  // millijoules
  void* file = nullptr;
  Handle device = nullptr;

  template <typename Function>
  void find(const char* name, Function*& out) {
    out = reinterpret_cast<Function*>(::dlsym(file, name));
  }

  // Why it cannot be used; empty where it can.
  std::string open() {
    file = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!file) return "libnvidia-ml.so.1 was not found";
    find("nvmlInit_v2", init);
    find("nvmlShutdown", shutdown);
    find("nvmlDeviceGetHandleByIndex_v2", by_index);
    find("nvmlDeviceGetMemoryInfo", memory);
    find("nvmlDeviceGetUtilizationRates", use);
    find("nvmlDeviceGetTotalEnergyConsumption", energy);
    if (!init || !shutdown || !by_index) return "libnvidia-ml.so.1 lacks required functions";
    if (init() != 0) return "NVML cannot be started";
    if (by_index(first_visible(), &device) != 0) return "NVML does not show the GPU";
    return "";
  }

  // The runtime counts the GPUs that are visible to it, NVML counts all. Names instead of numbers
  // are left to the driver's order.
  static unsigned int first_visible() {
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    return visible ? static_cast<unsigned int>(std::strtoul(visible, nullptr, 10)) : 0;
  }
};

GpuMeter::GpuMeter(task::Device device) {
  if (device != task::Device::cuda) {
    reason_ = "the worker uses no GPU";
    return;
  }
  auto library = std::make_unique<Library>();
  reason_ = library->open();
  if (!reason_.empty()) return;
  library_ = std::move(library);
  reason_ = "NVML cannot read it on this GPU";
}

GpuMeter::~GpuMeter() {
  if (library_) library_->shutdown();
}

std::optional<double> GpuMeter::memory_bytes() const {
  Library::Memory memory{};
  if (!library_ || !library_->memory) return std::nullopt;
  if (library_->memory(library_->device, &memory) != 0) return std::nullopt;
  return static_cast<double>(memory.used);
}

std::optional<double> GpuMeter::busy_share() const {
  Library::Use use{};
  if (!library_ || !library_->use || library_->use(library_->device, &use) != 0)
    return std::nullopt;
  return use.gpu / 100.0;
}

std::optional<double> GpuMeter::joules() const {
  unsigned long long millijoules = 0;
  if (!library_ || !library_->energy) return std::nullopt;
  if (library_->energy(library_->device, &millijoules) != 0) return std::nullopt;
  return static_cast<double>(millijoules) * 1e-3;
}

}  // namespace assay::timing
