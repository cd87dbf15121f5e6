#pragma once

/// Packed files: which packing a file has, and its bytes without it.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace assay::ingest {

/// A packing that is read: gzip, bzip2, xz, zstd.
struct Packing;

inline constexpr size_t kPackingBytes = 10;   ///< of a file, that say how it is packed
inline constexpr size_t kArchiveBytes = 262;  ///< of a file, that say which archive it is

/// How a file is packed, by its first kPackingBytes, whatever its name; null where it is not.
/// Throws UserError where its name ends as that of a packed file and it is none.
const Packing* packing_of(const std::string& path, std::string_view beginning);

/// Throws UserError for a text that is an archive, or packed in a way that is not read.
/// @param beginning  its first kArchiveBytes, unpacked
void refuse_archive(const std::string& path, std::string_view beginning);

/// A descriptor of an unnamed temporary file (TMPDIR, else /tmp) with what the file holds. Members
/// that follow each other in one file are read as one text.
/// @param most  bytes after which it may end
/// Throws UserError: missing, damaged or cut off, no room.
std::shared_ptr<const int> unpacked(const std::string& path, const Packing& packing, size_t most);

/// Closes the descriptor when nobody has it any more.
std::shared_ptr<const int> owned_descriptor(int descriptor);

/// The name without .gz, .bz2, .xz or .zst: "log.csv.gz" is a log.csv.
std::string unpacked_name(const std::string& path);

}  // namespace assay::ingest
