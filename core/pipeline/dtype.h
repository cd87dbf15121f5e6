#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "error/error.h"

namespace assay::pipeline {

/// What safetensors calls a type, and back. Throws InternalError for types that we do not store.
inline at::ScalarType scalar_type(const std::string& dtype) {
  if (dtype == "U8") return at::kByte;
  if (dtype == "I8") return at::kChar;
  if (dtype == "BOOL") return at::kBool;
  if (dtype == "I32") return at::kInt;
  if (dtype == "I64") return at::kLong;
  if (dtype == "F32") return at::kFloat;
  if (dtype == "F64") return at::kDouble;
  if (dtype == "F16") return at::kHalf;
  if (dtype == "BF16") return at::kBFloat16;
  throw error::InternalError("a tensor of dtype " + dtype + " cannot be read");
}

inline std::string dtype_name(at::ScalarType type) {
  for (const char* name : {"U8", "I8", "BOOL", "I32", "I64", "F32", "F64", "F16", "BF16"}) {
    if (scalar_type(name) == type) return name;
  }
  throw error::InternalError(
      "a tensor of this dtype cannot be stored; use float, double, half, int32, int64, int8, uint8 "
      "or "
      "bool");
}

}  // namespace assay::pipeline
