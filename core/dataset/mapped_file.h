#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace assay::dataset {

/// A file, mapped read-only. Cheap to copy; its bytes stay valid as long as a copy lives.
/// Writers replace files by renaming, so a mapping never changes under its reader.
class MappedFile {
 public:
  MappedFile() = default;
  /// Throws UserError where it is missing, is a folder or cannot be read.
  explicit MappedFile(const std::string& path);
  /// A copy of a file that somebody else may write to, in memory or, where it is large, in a
  /// temporary file (see LargeVector). Throws UserError; where it is cut short meanwhile, too.
  static MappedFile copy_of(const std::string& path);

  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  std::shared_ptr<const void> mapping_;
  std::span<const std::byte> bytes_;
};

/// Writes beside `path`, then renames: readers see the whole file or none. Makes the folder.
/// Throws UserError where folder or file cannot be written.
void write_atomically(const std::string& path, const std::string& bytes);

/// A name beside `path` that no other process or thread uses.
std::string temporary_beside(const std::string& path);

/// Makes the folder of `path`. Throws UserError.
void make_parent(const std::string& path);

/// Renames `temporary` to `path`. Throws UserError.
void move_into_place(const std::string& temporary, const std::string& path);

}  // namespace assay::dataset
