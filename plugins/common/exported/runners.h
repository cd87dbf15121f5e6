#pragma once
// For strategies of this tree alone: it is no part of assay::extra.

/// What runs an exported model, one kind a format; nobody else includes what these need of LibTorch.

#include <ATen/core/Tensor.h>
#include <assay/extra/exported/signature.h>

#include <memory>
#include <string>
#include <vector>

namespace assay::extra {

class ModelRunner {
 public:
  virtual ~ModelRunner() = default;
  virtual std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs) = 0;
};

/// A package of AOTInductor: machine code, loaded from the file.
std::unique_ptr<ModelRunner> aot_runner(const std::string& file, const at::Device& device);

/// A module of TorchScript, interpreted as it was written: passes of its optimiser depend on how often
/// it ran. Throws std::invalid_argument where forward() does not take what the signature says.
std::unique_ptr<ModelRunner> torchscript_runner(const std::string& file, const Signature& signature,
                                                const at::Device& device);

}  // namespace assay::extra
