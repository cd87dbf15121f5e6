#pragma once

#include <string>

namespace assay::task {

/// What this build was made from.
struct BuildInfo {
  std::string version;        ///< of assay
  std::string torch_version;  ///< of the LibTorch it was built with: "2.13.0"
  bool cuda = false;          ///< that LibTorch has CUDA
  std::string build_type;     ///< "Release", "Dev", ...
  std::string compiler;       ///< "GNU 12.2.0"
};

const BuildInfo& build_info();

}  // namespace assay::task
