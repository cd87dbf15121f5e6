#pragma once
// For strategies of this tree alone: it is no part of assay::extra.

/// Models that were exported from Python, as packages of AOTInductor (.pt2) or as TorchScript.

#include <ATen/core/Tensor.h>
#include <assay/extra/exported/signature.h>

#include <memory>
#include <string>
#include <vector>

namespace assay::extra {

enum class ModelFormat { aot, torchscript };

/// A model in some format: one tensor from others.
class ExportedModel {
 public:
  virtual ~ExportedModel() = default;

  const Signature& signature() const { return signature_; }
  const std::string& sha256() const { return sha256_; }

  /// The output, checked against the signature.
  /// @param inputs  as the signature orders them, on the model's device; B at least 1
  at::Tensor run(const std::vector<at::Tensor>& inputs) const;

 protected:
  virtual std::vector<at::Tensor> run_unchecked(const std::vector<at::Tensor>& inputs) const = 0;
  std::string what_;  ///< strategy and file, for messages
  Signature signature_;
  std::string sha256_;
};

/// Loads a model file of either format, the same way:
///
///  1. the list of this machine holds its SHA-256 (allowed_model.h)
///  2. it is of the format, and holds a signature under `assay`: as metadata of a package
///     (`aot_inductor.metadata`), as an extra file of TorchScript (`_extra_files`)
///  3. the strategy offers what the signature asks for
///  4. a package was made for this kind of machine and these instructions of the CPU
///  5. only then its code is loaded
///
/// It runs on as many threads as LibTorch may use. A package of AOTInductor has the number of threads
/// of the machine that exported it built in, unless it was exported with `cpp.dynamic_threads`: it is
/// held to one where LibTorch has one, and to nothing else.
/// Throws InvalidInput that names the file, what was found and expected, and what to do.
/// @param who  the strategy, for messages
std::unique_ptr<ExportedModel> load_exported(ModelFormat format, const std::string& file,
                                             const std::string& who, const Offer& offer,
                                             const at::Device& device);

/// Where a package was made for other instructions than this CPU has: which are missing; else "".
/// @param isa    as AOTInductor writes it: "AVX512 AVX512_VNNI"; "INVALID_VEC_ISA" is no vector
///               instructions at all
/// @param flags  of the CPU, as /proc/cpuinfo has them
std::string missing_instructions(const std::string& isa, const std::string& flags);

}  // namespace assay::extra
