#include <assay/extra/exported/runners.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <stdexcept>
#include <utility>

namespace assay::extra {
namespace {

class TorchScriptRunner : public ModelRunner {
 public:
  TorchScriptRunner(const std::string& file, const at::Device& device)
      : module_(torch::jit::load(file, device)) {
    module_.eval();
  }

  void expect_arguments(const Signature& signature) const {
    std::string found, expected;
    const auto method = module_.find_method("forward");
    if (!method) throw std::invalid_argument("it has no method forward()");
    for (const auto& argument : method->function().getSchema().arguments())
      if (argument.name() != "self") found += (found.empty() ? "" : ", ") + argument.name();
    for (const TensorSpec& input : signature.inputs)
      expected += (expected.empty() ? "" : ", ") + input.name;
    if (found == expected) return;
    throw std::invalid_argument("forward() takes (" + found + "), and its signature says (" +
                                expected + "); export it with a signature that holds");
  }

  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs) override {
    const torch::jit::GraphOptimizerEnabledGuard as_written(false);
    const c10::IValue out = module_.forward(std::vector<c10::IValue>(inputs.begin(), inputs.end()));
    if (out.isTensor()) return {out.toTensor()};
    if (!out.isTuple()) throw std::invalid_argument("forward() gives no tensor");
    std::vector<at::Tensor> all;
    for (const c10::IValue& one : out.toTupleRef().elements()) all.push_back(one.toTensor());
    return all;
  }

 private:
  torch::jit::Module module_;
};

}  // namespace

std::unique_ptr<ModelRunner> torchscript_runner(const std::string& file, const Signature& signature,
                                                const at::Device& device) {
  auto out = std::make_unique<TorchScriptRunner>(file, device);
  out->expect_arguments(signature);
  return out;
}

}  // namespace assay::extra
