#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace assay::cli {

/// Writes a matrix as NumPy reads it with numpy.load: version 1.0, float32, in the order of rows.
/// Throws UserError where the file cannot be written.
void write_npy(const std::string& path, std::span<const float> values, int64_t rows,
               int64_t columns);

}  // namespace assay::cli
