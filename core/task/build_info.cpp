#include "task/build_info.h"

namespace assay::task {

// The values come from CMake (core/task/CMakeLists.txt).
const BuildInfo& build_info() {
  static const BuildInfo info = {ASSAY_VERSION, ASSAY_TORCH_VERSION, ASSAY_TORCH_CUDA != 0,
                                 ASSAY_BUILD_TYPE, ASSAY_COMPILER};
  return info;
}

}  // namespace assay::task
