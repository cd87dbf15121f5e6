#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "results/connection.h"

namespace assay::results {

/// One BLOB of a file, read or written some bytes at a time: what is held does not grow with it.
/// Closed with the object, which must not outlive the connection.
class BlobCell {
 public:
  enum class For { reading, writing };

  /// @param schema  the file: `main`, or the name under which it is attached
  /// Throws InternalError where there is no such BLOB.
  BlobCell(const Connection& connection, const std::string& schema, const char* table,
           const char* column, int64_t rowid, For purpose);

  int64_t bytes() const;
  void read(int64_t first, std::span<std::byte> out) const;
  void write(int64_t first, std::span<const std::byte> bytes) const;

 private:
  struct Close {
    void operator()(sqlite3_blob* blob) const { sqlite3_blob_close(blob); }
  };
  void check(int code) const;

  const Connection* connection_;
  std::unique_ptr<sqlite3_blob, Close> blob_;
};

/// Numbers that are written one after the other into a BLOB that was inserted as a zeroblob.
template <typename T>
class BlobWriter {
 public:
  BlobWriter(const Connection& connection, const char* table, const char* column, int64_t rowid)
      : cell_(connection, "main", table, column, rowid, BlobCell::For::writing) {}

  void append(std::span<const T> values) {
    cell_.write(written_, std::as_bytes(values));
    written_ += static_cast<int64_t>(values.size_bytes());
  }

 private:
  BlobCell cell_;
  int64_t written_ = 0;
};

}  // namespace assay::results
