#pragma once

/// Plugin files for tests: those that were built, and damaged copies of them.

#include <elf.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "unit/temp_folder.h"

namespace assay::testing {

/// A fixture of tests/plugins.
inline std::string test_plugin(std::string_view name) {
  return std::string(ASSAY_BUILD_DIR "/test_plugins/").append(name).append(".so");
}

using test::TempFolder;

inline std::string read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline Elf64_Ehdr elf_header(const std::string& bytes) {
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

inline std::string with_header(std::string bytes, const Elf64_Ehdr& header) {
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

/// One bit of one relocation is turned over: the file looks whole, and loading it writes to
/// nowhere.
inline std::string with_flipped_bit(std::string bytes) {
  const Elf64_Ehdr header = elf_header(bytes);
  for (int i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, bytes.data() + header.e_shoff + static_cast<size_t>(i) * sizeof section,
                sizeof section);
    if (section.sh_type != SHT_RELA) continue;
    bytes[section.sh_offset + 5] =
        static_cast<char>(bytes[section.sh_offset + 5] ^ 0x10);  // bit 44 of r_offset
    return bytes;
  }
  return bytes;
}

}  // namespace assay::testing
