#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace assay::task {

/// A shared library that a plugin brings with it: the linker loads it for the plugin, and neither
/// assay, LibTorch nor the system has it.
struct BroughtLibrary {
  std::string name;  ///< as the plugin asks for it: "libmath.so.3"
  std::string path;
  std::string sha256;  ///< of the file's bytes, 64 hex digits
};

void to_json(nlohmann::json& json, const BroughtLibrary& library);
void from_json(const nlohmann::json& json, BroughtLibrary& library);

}  // namespace assay::task
