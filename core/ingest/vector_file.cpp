#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <optional>

#include "dataset/large_vector.h"
#include "dataset/safetensors.h"
#include "error/error.h"
#include "ingest/feature_files.h"
#include "ingest/text.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

constexpr std::string_view kNumpy = "\x93NUMPY";

/// Rows of numbers as they lie in a file.
struct Matrix {
  dataset::LargeVector<char> npy;  // one of both holds the bytes
  dataset::SafetensorsFile safetensors;
  std::span<const std::byte> bytes;
  int64_t rows = 0, width = 0;
  size_t element = sizeof(float);  // or double

  double at(int64_t row, int64_t column) const {
    const std::byte* from = bytes.data() + (row * width + column) * static_cast<int64_t>(element);
    float single = 0;
    double twice = 0;
    if (element == sizeof(float)) return std::memcpy(&single, from, sizeof single), single;
    return std::memcpy(&twice, from, sizeof twice), twice;
  }
};

[[noreturn]] void bad_npy(const std::string& path, const std::string& what) {
  throw error::UserError(
      path, fmt::format("{}; expected a .npy of float32 or float64 [rows, width]", what));
}

// The text after `'key':` in the header of a .npy, which is a Python literal.
std::string_view header_value(std::string_view header, const char* key) {
  const size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return {};
  std::string_view rest = header.substr(at + std::strlen(key) + 3);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

// NumPy's NEP 1: magic, version, length of the header (2 bytes, from version 2 on 4), header.
Matrix open_npy(const std::string& path) {
  Matrix out;
  const TextFile file(path);
  file.read(0, out.npy.extend(file.size()), file.size());
  const std::string_view text(out.npy.data(), out.npy.size());
  if (text.size() < 12 || !text.starts_with(kNumpy)) bad_npy(path, "holds no NumPy array");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(text[i])); };
  const bool long_header = byte(6) >= 2;
  const size_t begin = long_header ? 12 : 10;
  size_t length = byte(8) | byte(9) << 8;
  if (long_header) length |= byte(10) << 16 | byte(11) << 24;
  if (begin + length > text.size()) bad_npy(path, "is truncated within its header");
  const std::string_view header = text.substr(begin, length);
  const std::string_view type = header_value(header, "descr").substr(0, 5);
  if (type != "'<f4'" && type != "'<f8'") bad_npy(path, fmt::format("holds {}", type));
  if (!header_value(header, "fortran_order").starts_with("False"))
    bad_npy(path,
            "is stored in column-major order (fortran_order): save numpy.ascontiguousarray(array)");
  out.element = type == "'<f4'" ? sizeof(float) : sizeof(double);
  const std::string shape(header_value(header, "shape"));
  char end = 0;
  if (std::sscanf(shape.c_str(), "(%ld, %ld%c", &out.rows, &out.width, &end) != 3 || end != ')' ||
      out.rows < 0 || out.width < 1)
    bad_npy(path, fmt::format("has the shape {}", shape.substr(0, shape.find(')') + 1)));
  out.bytes = std::as_bytes(std::span(std::as_const(out.npy))).subspan(begin + length);
  const size_t row_bytes = static_cast<size_t>(out.width) * out.element;
  if (out.bytes.size() / row_bytes < static_cast<size_t>(out.rows)) {
    bad_npy(path, fmt::format("is truncated: it has {} of {} rows", out.bytes.size() / row_bytes,
                              out.rows));
  }
  return out;
}

Matrix open_tensor(const std::string& path, const std::string& name) {
  Matrix out{.safetensors = dataset::SafetensorsFile::read(path)};
  if (!out.safetensors.has(name)) {
    throw error::UserError(path, fmt::format("has no tensor {} (features.columns){}", name,
                                             error::did_you_mean(name, out.safetensors.names())));
  }
  const dataset::TensorView& tensor = out.safetensors.tensor(name);
  if ((tensor.dtype != "F32" && tensor.dtype != "F64") || tensor.shape.size() != 2 ||
      tensor.shape[1] < 1) {
    throw error::UserError(path,
                           fmt::format("tensor {} is {} with {} dimensions; expected F32 or F64 "
                                       "[rows, width]",
                                       name, tensor.dtype, tensor.shape.size()));
  }
  out.bytes = tensor.bytes;
  out.rows = tensor.shape[0];
  out.width = tensor.shape[1];
  out.element = tensor.dtype == "F32" ? sizeof(float) : sizeof(double);
  return out;
}

void add_row(const Matrix& matrix, int64_t row, FeatureBuilder& to, const Origin& origin) {
  std::vector<Cell> elements;
  for (int64_t i = 0; i < matrix.width; ++i)
    elements.push_back({Cell::Kind::number, {}, 0, matrix.at(row, i)});
  to.add(Cell{Cell::Kind::list, {}, 0, 0, elements}, origin);
}

// One id a line, as many as rows.
void read_by_ids(const Matrix& matrix, const task::FeatureFileSpec& spec, FeatureRows& rows) {
  LineReader lines{TextFile(spec.id)};
  std::string_view id;
  int64_t row = 0;
  for (; lines.next(id); ++row) {
    const Origin origin{spec.id, lines.number()};
    if (row >= matrix.rows) {
      throw error::UserError(origin.text(), fmt::format("{} has no vector: {} holds {} rows",
                                                        in_quotes(id), spec.path, matrix.rows));
    }
    rows.begin(id, origin);
    add_row(matrix, row, rows.columns.front(), {spec.path, row, "row"});
  }
  if (row == matrix.rows) return;
  throw error::UserError(spec.path,
                         fmt::format("holds {} rows, but {} names {} ids: row {} (from 0) has "
                                     "no id",
                                     matrix.rows, spec.id, row, row));
}

void read_by_row(const Matrix& matrix, const task::FeatureFileSpec& spec, dataset::Interner& ids,
                 FeatureRows& rows) {
  const dataset::TextColumn known = ids.texts();  // begin() looks ids up while we walk
  for (int64_t i = 0; i < known.size(); ++i) {
    const std::optional<int64_t> row = dataset::as_integer(known[i]);
    if (!row || *row < 0 || *row >= matrix.rows) {
      throw error::UserError(spec.path,
                             fmt::format("has no row for the {} {}: it has rows 0 to {}; name a "
                                         "file with one id per line as features.id",
                                         spec.of, in_quotes(known[i]), matrix.rows - 1));
    }
    const Origin origin{spec.path, *row, "row"};
    rows.begin(known[i], origin);
    add_row(matrix, *row, rows.columns.front(), origin);
  }
}

}  // namespace

FeatureRows read_vector_file(const task::FeatureFileSpec& spec, dataset::Interner& ids) {
  const std::string& name = spec.columns.begin()->first;
  const Matrix matrix = spec.format == "npy" ? open_npy(spec.path) : open_tensor(spec.path, name);
  FeatureRows rows(ids, "the id");
  rows.columns.emplace_back(name, "vector");
  if (spec.id.empty())
    read_by_row(matrix, spec, ids, rows);
  else
    read_by_ids(matrix, spec, rows);
  return rows;
}

}  // namespace assay::ingest
