#include "cli/numpy_file.h"

#include <fmt/format.h>

#include <fstream>

#include "error/error.h"

namespace assay::cli {

// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: magic, version, length of
// the header, which is padded so that the data begin at a multiple of 64 and ends in a line end.
void write_npy(const std::string& path, std::span<const float> values, int64_t rows,
               int64_t columns) {
  constexpr size_t kBefore = 10, kAlignment = 64;
  std::string header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  while ((kBefore + header.size() + 1) % kAlignment != 0) header += ' ';
  header += '\n';
  std::ofstream out(path, std::ios::binary);
  out.write("\x93NUMPY\x01\x00", 8);
  out.put(static_cast<char>(header.size() & 0xFF));
  out.put(static_cast<char>(header.size() >> 8));
  out << header;
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size_bytes()));
  if (!out.flush()) throw error::UserError(path, "the file cannot be written; is the disk full?");
}

}  // namespace assay::cli
