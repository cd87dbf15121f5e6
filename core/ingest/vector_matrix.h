#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataset/large_vector.h"
#include "dataset/safetensors.h"

namespace assay::ingest {

/// npy, safetensors, fbin, u8bin, i8bin, fvecs.
const std::vector<std::string>& vector_formats();

/// Rows of numbers as they lie in a file, of any type, byte order and layout.
class VectorMatrix {
 public:
  /// @param tensor  safetensors: its name
  /// Throws UserError: another format, a type that is not read, cut off, or longer or shorter than
  /// its header says (with both numbers), rows of unequal length.
  static VectorMatrix open(const std::string& path, const std::string& format,
                           const std::string& tensor);

  int64_t rows() const { return rows_; }
  int64_t width() const { return width_; }
  double at(int64_t row, int64_t column) const;

 private:
  enum class Number : uint8_t { float16, bfloat16, float32, float64, uint8, int8 };
  /// How a number is stored.
  struct Stored {
    Number number = Number::float32;
    bool big_endian = false;
    size_t bytes() const;
  };
  static VectorMatrix open_npy(const std::string& path);
  static VectorMatrix open_tensor(const std::string& path, const std::string& name);
  static VectorMatrix open_bin(const std::string& path, const std::string& format);
  static VectorMatrix open_fvecs(const std::string& path);
  static bool of_npy(std::string_view descr, Stored& stored);
  void lay_out(int64_t rows, int64_t width, bool by_column);

  dataset::LargeVector<char> held_;  // one of both holds the bytes
  dataset::SafetensorsFile safetensors_;
  std::span<const std::byte> bytes_;  // from the first number on
  Stored stored_;
  int64_t rows_ = 0, width_ = 0;
  size_t row_step_ = 0, column_step_ = 0;  // bytes
};

}  // namespace assay::ingest
