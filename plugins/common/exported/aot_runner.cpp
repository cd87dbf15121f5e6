#include <ATen/Parallel.h>
#include <assay/extra/exported/runners.h>
#include <omp.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include <cstdlib>

namespace assay::extra {
namespace {

/// Loops of OpenMP below it are serial.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_active_levels()) { omp_set_max_active_levels(0); }
  ~OneThread() { omp_set_max_active_levels(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

class AotRunner : public ModelRunner {
 public:
  AotRunner(const std::string& file, const at::Device& device)
      : loader_(checked(file), "model", /*run_single_threaded=*/false, /*num_runners=*/1,
                device.is_cpu() ? c10::DeviceIndex(-1) : device.index()) {}

  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs) override {
    if (at::get_num_threads() > 1) return loader_.run(inputs);
    const OneThread one;
    return loader_.run(inputs);
  }

 private:
  // A package looks at the types and sizes that it is given only where this is set as it is loaded.
  static const std::string& checked(const std::string& file) {
    ::setenv("AOTI_RUNTIME_CHECK_INPUTS", "1", /*overwrite=*/0);
    return file;
  }
  torch::inductor::AOTIModelPackageLoader loader_;
};

}  // namespace

std::unique_ptr<ModelRunner> aot_runner(const std::string& file, const at::Device& device) {
  return std::make_unique<AotRunner>(file, device);
}

}  // namespace assay::extra
