#pragma once

/// Text files, packed or not, read piece by piece.
///
/// Source files are read with read(2) and never mapped: truncating a mapped file kills its readers
/// with a signal.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/unpacking.h"

namespace assay::ingest {

/// Throws the UserError of a file that was not the same from the first to the last look at it.
[[noreturn]] void changed_while_read(const std::string& path);

/// The text of a file. One packed with gzip, bzip2, xz or zstd (known by its first bytes, whatever
/// its name) is unpacked into an unnamed temporary file, so that memory does not grow with it. Cheap
/// to copy.
class TextFile {
 public:
  /// @param most  bytes that are wanted; what is packed is unpacked no further
  /// Throws UserError: missing, no regular file, damaged or cut off, or named .gz, .bz2, .xz or
  /// .zst without being one.
  explicit TextFile(const std::string& path, size_t most = static_cast<size_t>(-1));
  /// As it lies on disk, whatever its first bytes are: of numbers they say nothing.
  static TextFile raw(const std::string& path);

  /// Bytes of text.
  size_t size() const { return size_; }
  /// Copies the bytes from `place` on, at most `count`; fewer where the text ends. Threads may call
  /// it at once. Throws UserError where the file has become shorter since it was opened.
  size_t read(size_t place, char* to, size_t count) const;
  /// The first bytes, at most `count`.
  std::string beginning(size_t count) const;
  /// The same without the blank lines at its end, if there are some. Blanks within the last line
  /// that has more stay.
  TextFile without_blank_end() const;
  /// Everything, for what is held in memory anyway.
  std::string text() const { return beginning(size_); }

 private:
  TextFile() = default;

  std::string path_;
  std::shared_ptr<const int> file_;  // a descriptor
  size_t size_ = 0;
};

/// Lines of a text, without their ends (\n or \r\n), without a byte order mark and without the blank
/// lines at the end.
class LineReader {
 public:
  explicit LineReader(const TextFile& text);
  /// The next line, good until the call after; false at the end. A last line may lack its end; a
  /// text that ends with one has no empty line there.
  bool next(std::string_view& line);
  /// Of the line that next() gave, from 1.
  int64_t number() const { return number_; }

 private:
  bool read_more();

  TextFile text_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;  // of what was read and not yet handed out
  size_t place_ = 0;            // in the text, of what comes next
  int64_t number_ = 0;
};

}  // namespace assay::ingest
