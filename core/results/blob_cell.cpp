#include "results/blob_cell.h"

#include "error/error.h"

namespace assay::results {

BlobCell::BlobCell(const Connection& connection, const std::string& schema, const char* table,
                   const char* column, int64_t rowid, For purpose)
    : connection_(&connection) {
  error::require(connection.writable() || purpose == For::reading,
                 "a file opened for reading is not written to");
  sqlite3_blob* blob = nullptr;
  const int code = sqlite3_blob_open(connection.handle().getHandle(), schema.c_str(), table, column,
                                     rowid, purpose == For::writing ? 1 : 0, &blob);
  blob_.reset(blob);
  check(code);
}

int64_t BlobCell::bytes() const { return sqlite3_blob_bytes(blob_.get()); }

void BlobCell::read(int64_t first, std::span<std::byte> out) const {
  check(sqlite3_blob_read(blob_.get(), out.data(), static_cast<int>(out.size()),
                          static_cast<int>(first)));
}

void BlobCell::write(int64_t first, std::span<const std::byte> bytes) const {
  if (bytes.empty()) return;
  check(sqlite3_blob_write(blob_.get(), bytes.data(), static_cast<int>(bytes.size()),
                           static_cast<int>(first)));
}

void BlobCell::check(int code) const {
  if (code == SQLITE_OK) return;
  throw_translated(connection_->path(), SQLite::Exception(connection_->handle().getHandle(), code),
                   connection_->busy_ms());
}

}  // namespace assay::results
