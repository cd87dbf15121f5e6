#include "ingest/vector_matrix.h"

#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <limits>

#include "error/error.h"
#include "ingest/event_builder.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

constexpr std::string_view kNumpy = "\x93NUMPY";

[[noreturn]] void bad_npy(const std::string& path, const std::string& what) {
  throw error::UserError(
      path, fmt::format("{}; expected a .npy of float16, float32 or float64 [rows, width]", what));
}

// The text after `'key':` in the header of a .npy, which is a Python literal.
std::string_view header_value(std::string_view header, const char* key) {
  const size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return {};
  std::string_view rest = header.substr(at + std::strlen(key) + 3);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

/// A number of the file, whose bytes are in the order of this machine or the other one.
template <typename T>
T loaded(const std::byte* from, bool big_endian) {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), from, sizeof(T));
  if (big_endian != (std::endian::native == std::endian::big)) std::ranges::reverse(bytes);
  return std::bit_cast<T>(bytes);
}

dataset::LargeVector<char> bytes_of(const TextFile& file) {
  dataset::LargeVector<char> out;
  file.read(0, out.extend(file.size()), file.size());
  return out;
}

}  // namespace

const std::vector<std::string>& vector_formats() {
  static const std::vector<std::string> formats = {"npy",   "safetensors", "fbin",
                                                   "u8bin", "i8bin",       "fvecs"};
  return formats;
}

size_t VectorMatrix::Stored::bytes() const {
  switch (number) {
    case Number::uint8:
    case Number::int8:
      return 1;
    case Number::float16:
    case Number::bfloat16:
      return 2;
    case Number::float32:
      return 4;
    case Number::float64:
      break;
  }
  return 8;
}

double VectorMatrix::at(int64_t row, int64_t column) const {
  const std::byte* const from = bytes_.data() + static_cast<size_t>(row) * row_step_ +
                                static_cast<size_t>(column) * column_step_;
  const bool big = stored_.big_endian;
  switch (stored_.number) {
    case Number::uint8:
      return loaded<uint8_t>(from, big);
    case Number::int8:
      return loaded<int8_t>(from, big);
    case Number::float16:
      return arrow::util::Float16::FromBits(loaded<uint16_t>(from, big)).ToDouble();
    case Number::bfloat16:  // the upper half of a float32
      return std::bit_cast<float>(uint32_t{loaded<uint16_t>(from, big)} << 16);
    case Number::float32:
      return loaded<float>(from, big);
    case Number::float64:
      break;
  }
  return loaded<double>(from, big);
}

void VectorMatrix::lay_out(int64_t rows, int64_t width, bool by_column) {
  rows_ = rows;
  width_ = width;
  row_step_ = stored_.bytes() * static_cast<size_t>(by_column ? 1 : width);
  column_step_ = stored_.bytes() * static_cast<size_t>(by_column ? rows : 1);
}

VectorMatrix VectorMatrix::open(const std::string& path, const std::string& format,
                                const std::string& tensor) {
  if (format == "npy") return open_npy(path);
  if (format == "safetensors") return open_tensor(path, tensor);
  return format == "fvecs" ? open_fvecs(path) : open_bin(path, format);
}

// "<f4": order of bytes, kind, size.
bool VectorMatrix::of_npy(std::string_view descr, Stored& stored) {
  if (descr.size() != 5 || descr[0] != descr[4] || (descr[1] != '<' && descr[1] != '>'))
    return false;
  stored.big_endian = descr[1] == '>';
  const std::string_view type = descr.substr(2, 2);
  if (type == "f2") stored.number = Number::float16;
  if (type == "f4") stored.number = Number::float32;
  if (type == "f8") stored.number = Number::float64;
  return type == "f2" || type == "f4" || type == "f8";
}

// NumPy's NEP 1: magic, version, length of the header (2 bytes, from version 2 on 4), header.
VectorMatrix VectorMatrix::open_npy(const std::string& path) {
  VectorMatrix out;
  out.held_ = bytes_of(TextFile(path));
  const std::string_view text(out.held_.data(), out.held_.size());
  if (text.size() < 12 || !text.starts_with(kNumpy)) bad_npy(path, "holds no NumPy array");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(text[i])); };
  const bool long_header = byte(6) >= 2;
  const size_t begin = long_header ? 12 : 10;
  size_t length = byte(8) | byte(9) << 8;
  if (long_header) length |= byte(10) << 16 | byte(11) << 24;
  if (begin + length > text.size()) bad_npy(path, "is truncated within its header");
  const std::string_view header = text.substr(begin, length);
  const std::string_view type = header_value(header, "descr").substr(0, 5);
  // numpy has no bfloat16: what ml_dtypes saves are two bytes of nothing.
  const bool raw = type.substr(0, 4).ends_with("V2");
  if (!of_npy(type, out.stored_))
    bad_npy(path, fmt::format("holds {}{}", type,
                              raw ? ", bytes without a type (bfloat16 has none in numpy: save "
                                    "array.astype(numpy.float32), or safetensors)"
                                  : ""));
  const std::string shape(header_value(header, "shape"));
  int64_t rows = 0, width = 0;
  char end = 0;
  if (std::sscanf(shape.c_str(), "(%ld, %ld%c", &rows, &width, &end) != 3 || end != ')' ||
      rows < 0 || width < 1)
    bad_npy(path, fmt::format("has the shape {}", shape.substr(0, shape.find(')') + 1)));
  const bool by_column = header_value(header, "fortran_order").starts_with("True");
  out.lay_out(rows, width, by_column);
  out.bytes_ = std::as_bytes(std::span(std::as_const(out.held_))).subspan(begin + length);
  const size_t numbers = out.bytes_.size() / out.stored_.bytes();
  if (numbers / static_cast<size_t>(width) >= static_cast<size_t>(rows)) return out;
  if (by_column)
    bad_npy(path, fmt::format("is truncated: it has {} of {} numbers", numbers, rows * width));
  bad_npy(path, fmt::format("is truncated: it has {} of {} rows",
                            numbers / static_cast<size_t>(width), rows));
}

VectorMatrix VectorMatrix::open_tensor(const std::string& path, const std::string& name) {
  static const std::vector<std::pair<std::string, Number>> types = {{"F16", Number::float16},
                                                                    {"BF16", Number::bfloat16},
                                                                    {"F32", Number::float32},
                                                                    {"F64", Number::float64}};
  VectorMatrix out;
  out.safetensors_ = dataset::SafetensorsFile::read(path);
  if (!out.safetensors_.has(name)) {
    throw error::UserError(path, fmt::format("has no tensor {} (features.columns){}", name,
                                             error::did_you_mean(name, out.safetensors_.names())));
  }
  const dataset::TensorView& tensor = out.safetensors_.tensor(name);
  const auto type = std::ranges::find(types, tensor.dtype, &std::pair<std::string, Number>::first);
  if (type == types.end() || tensor.shape.size() != 2 || tensor.shape[1] < 1) {
    throw error::UserError(path,
                           fmt::format("tensor {} is {} with {} dimensions; expected F16, BF16, "
                                       "F32 or F64 [rows, width]",
                                       name, tensor.dtype, tensor.shape.size()));
  }
  out.bytes_ = tensor.bytes;
  out.stored_.number = type->second;
  out.lay_out(tensor.shape[0], tensor.shape[1], false);
  return out;
}

// Of the big-ann-benchmarks: rows and width as uint32, then the numbers; all little-endian.
VectorMatrix VectorMatrix::open_bin(const std::string& path, const std::string& format) {
  constexpr size_t kHeader = 2 * sizeof(uint32_t);
  VectorMatrix out;
  out.held_ = bytes_of(TextFile::raw(path));
  const auto bytes = std::as_bytes(std::span(std::as_const(out.held_)));
  if (bytes.size() < kHeader) {
    throw error::UserError(path,
                           fmt::format("has {} bytes; a {} begins with 8, its numbers of rows "
                                       "and of columns",
                                       bytes.size(), format));
  }
  const uint64_t rows = loaded<uint32_t>(bytes.data(), false);
  const uint64_t width = loaded<uint32_t>(bytes.data() + sizeof(uint32_t), false);
  if (format == "u8bin") out.stored_.number = Number::uint8;
  if (format == "i8bin") out.stored_.number = Number::int8;
  out.bytes_ = bytes.subspan(kHeader);
  const size_t numbers = out.bytes_.size() / out.stored_.bytes();
  const size_t more = out.bytes_.size() % out.stored_.bytes();
  if (width == 0 || numbers != rows * width || more > 0) {
    throw error::UserError(
        path, fmt::format("holds {} numbers{}; its first 8 bytes say {} rows of {}, which are {}; "
                          "was it cut off, or is it another format?",
                          numbers,
                          more > 0 ? fmt::format(" and {} byte{}", more, more == 1 ? "" : "s") : "",
                          rows, width, rows * width));
  }
  out.lay_out(static_cast<int64_t>(rows), static_cast<int64_t>(width), false);
  return out;
}

// Of TEXMEX: each row is its width as int32, then so many float32; all little-endian.
VectorMatrix VectorMatrix::open_fvecs(const std::string& path) {
  VectorMatrix out;
  out.held_ = bytes_of(TextFile::raw(path));
  const auto bytes = std::as_bytes(std::span(std::as_const(out.held_)));
  int64_t width = 0, row = 0;
  for (size_t at = 0; at < bytes.size(); ++row) {
    const size_t left = bytes.size() - at;
    const int64_t here = left < sizeof(int32_t) ? width : loaded<int32_t>(bytes.data() + at, false);
    if (row == 0) width = here;
    if (width < 1) {
      throw error::UserError(
          path, fmt::format("begins with {} as the number of columns; is it fvecs?", width));
    }
    if (here != width) {
      throw error::UserError(Origin{path, row, "row"}.text(),
                             fmt::format("has {} numbers; the rows before have {}", here, width));
    }
    const size_t row_bytes = sizeof(int32_t) + static_cast<size_t>(width) * sizeof(float);
    if (left < row_bytes) {
      throw error::UserError(
          Origin{path, row, "row"}.text(),
          fmt::format("has {} of {} bytes; was the file cut off?", left, row_bytes));
    }
    at += row_bytes;
  }
  if (row == 0) throw error::UserError(path, "is empty; expected rows of float32 as fvecs");
  out.lay_out(row, width, false);
  out.row_step_ += sizeof(int32_t);
  out.bytes_ = bytes.subspan(sizeof(int32_t));
  return out;
}

}  // namespace assay::ingest
