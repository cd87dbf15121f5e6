#include "results/opening.h"

#include <fmt/core.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "error/error.h"
#include "results/migrate.h"
#include "results/request_values_table.h"

// A database at rest is a single file in rollback mode. While a run writes to it, it is in WAL
// mode: the newest rows are in a second file, and every reader needs a third one in the same
// folder. The cases of opening it for reading follow from that: a live writer, a run that was
// killed, a read-only disk, and a mailed file without its log.

namespace assay::results {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr int kReadBusyMs = 10'000;

enum class FileKind { missing, empty, rollback, wal };

/// What the file's first bytes say. Throws UserError where it is something else than an SQLite
/// file.
FileKind file_kind(const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (!fs::exists(status)) return FileKind::missing;
  if (fs::is_directory(status)) throw error::UserError(path, "this is a folder; name a file in it");
  std::array<char, 20> header{};
  std::ifstream file(path, std::ios::binary);
  if (!file) throw error::UserError(path, "the file cannot be read; check its permissions");
  file.read(header.data(), header.size());
  if (file.gcount() == 0) return FileKind::empty;
  if (std::string_view(header.data(), kMagic.size()) != kMagic) {
    throw error::UserError(
        path, "this is not an SQLite database; name another file, or move this one away");
  }
  return header[18] == 2 ? FileKind::wal : FileKind::rollback;
}

fs::path folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

bool is_fresh(const Connection& connection) {
  return connection.pragma("application_id") == 0 && connection.pragma("schema_version") == 0;
}

void check_owner(const Connection& connection) {
  const int64_t id = connection.pragma("application_id");
  if (id == kApplicationId) return;
  throw error::UserError(
      connection.path(),
      fmt::format("this is an SQLite database of another program (application_id {:#010x}; assay's "
                  "is {:#010x}); name another file",
                  id, kApplicationId));
}

void check_not_newer(const Connection& connection, size_t known) {
  const int64_t version = connection.pragma("user_version");
  if (version <= static_cast<int64_t>(known)) return;
  throw error::UserError(
      connection.path(),
      fmt::format("the file was written by a newer assay: its schema is version {}, this assay "
                  "supports versions up to {}; use the newer assay, or another file",
                  version, known));
}

// WAL lets others read during a run. With `synchronous = NORMAL` a power failure may lose the last
// transactions, whose work the next run repeats, but does not damage the file.
void set_up_writing(const Connection& connection) {
  connection.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
      "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF; PRAGMA cache_size = -16384;"
      "PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 8192");
}

void set_up_reading(const Connection& connection) {
  connection.exec("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536");
}

void claim(const Connection& connection) {
  connection.transaction([&] {
    if (!is_fresh(connection)) return;
    connection.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  });
}

[[noreturn]] void throw_not_writable(const std::string& path) {
  throw error::UserError(path,
                         "the file cannot be written; make it and its folder writable, or write to "
                         "another file");
}

bool may_write(const fs::path& path) { return access(path.c_str(), W_OK) == 0; }

/// `file:` URI of a path, every unusual byte escaped.
std::string uri_of(const std::string& path, const std::string& options) {
  std::string uri = "file:";
  for (const char c : fs::absolute(path).string()) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || std::strchr("/-_.", c);
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri + options;
}

/// Nobody writes to a file in WAL mode that has no log beside it: it may be read without any lock,
/// and so without the files that WAL mode would make.
bool can_read_without_locks(const std::string& path, FileKind kind) {
  if (kind != FileKind::wal) return false;
  std::error_code missing;
  const auto log_bytes = fs::file_size(path + "-wal", missing);
  return missing || (log_bytes == 0 && !may_write(folder_of(path)));
}

std::unique_ptr<Connection> open_existing(const std::string& path, FileKind kind) {
  if (can_read_without_locks(path, kind)) {
    return std::make_unique<Connection>(path, uri_of(path, "?immutable=1"),
                                        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, kReadBusyMs);
  }
  auto connection = std::make_unique<Connection>(path, path, SQLITE_OPEN_READONLY, kReadBusyMs);
  if (kind == FileKind::wal && !may_write(folder_of(path))) {
    try {
      connection->pragma("schema_version");
    } catch (const error::UserError&) {
      throw error::UserError(
          path, fmt::format("the run that wrote it did not end, and its last results are in "
                            "{}-wal; copy both files to a writable folder, and open the copy",
                            path));
    }
  }
  return connection;
}

void require_there(const std::string& path, FileKind kind) {
  if (kind == FileKind::missing) throw error::UserError(path, "there is no such file");
  if (kind == FileKind::empty)
    throw error::UserError(path, "the file is empty: it holds no results");
}

/// Brings an older file up to date, so that it can be read.
void modernise(const std::string& path, int64_t version, std::span<const Migration> schema) {
  if (!may_write(path) || !may_write(folder_of(path))) {
    throw error::UserError(
        path, fmt::format("the file has schema version {}, this assay reads {}; copy it to a "
                          "writable folder, and open the copy (it is migrated there)",
                          version, schema.size()));
  }
  leave_wal_mode(*open_for_writing(path, kReadBusyMs, schema));
}

}  // namespace

std::unique_ptr<Connection> open_for_writing(const std::string& path, int busy_ms,
                                             std::span<const Migration> schema) {
  if (file_kind(path) == FileKind::missing && !fs::is_directory(folder_of(path))) {
    throw error::UserError(
        path, fmt::format("the folder {} does not exist; make it first", folder_of(path).string()));
  }
  auto connection =
      std::make_unique<Connection>(path, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, busy_ms);
  if (sqlite3_db_readonly(connection->handle().getHandle(), "main") == 1) throw_not_writable(path);
  if (!is_fresh(*connection)) check_owner(*connection);
  check_not_newer(*connection, schema.size());
  connection->set_writable(true);
  set_up_writing(*connection);
  claim(*connection);
  migrate(*connection, schema);
  register_request_values(*connection);
  return connection;
}

std::unique_ptr<Connection> open_for_reading(const std::string& path,
                                             std::span<const Migration> schema) {
  const FileKind kind = file_kind(path);
  require_there(path, kind);
  auto connection = open_existing(path, kind);
  check_owner(*connection);
  check_not_newer(*connection, schema.size());
  const int64_t version = connection->pragma("user_version");
  if (version < static_cast<int64_t>(schema.size())) {
    connection.reset();
    modernise(path, version, schema);
    connection = open_existing(path, file_kind(path));
  }
  set_up_reading(*connection);
  register_request_values(*connection);
  return connection;
}

std::string readonly_uri(const std::string& path) {
  const bool alone = can_read_without_locks(path, file_kind(path));
  return uri_of(path, alone ? "?immutable=1" : "?mode=ro");
}

void check_part(const std::string& path, int64_t version) {
  const FileKind kind = file_kind(path);
  require_there(path, kind);
  const Connection part(path, path, SQLITE_OPEN_READONLY, kReadBusyMs);
  check_owner(part);
  const int64_t found = part.pragma("user_version");
  if (found != version) {
    throw error::UserError(path,
                           fmt::format("the part has schema version {}, the results file has {}: "
                                       "worker and coordinator are of different builds",
                                       found, version));
  }
  QueryRows report = part.rows("PRAGMA quick_check(1)");
  if (!report.next() || report.text(0) != "ok") {
    throw error::UserError(
        path, fmt::format("the part is damaged ({}); remove it and run again", report.text(0)));
  }
}

std::unique_ptr<Connection> create_part(const std::string& path, const std::string& temporary) {
  std::error_code ignored;
  fs::remove(temporary, ignored);
  auto connection = std::make_unique<Connection>(
      path, temporary, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, kReadBusyMs);
  connection->set_writable(true);
  // A part that is not whole is thrown away, so nothing need be undone.
  connection->exec(
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
      "PRAGMA foreign_keys = OFF");
  claim(*connection);
  migrate(*connection, migrations());
  connection->exec("PRAGMA foreign_keys = OFF; BEGIN");
  return connection;
}

void leave_wal_mode(const Connection& connection) {
  connection.forget_statements();
  // Another process that has the file open keeps it in WAL mode; that is no error.
  connection.handle().setBusyTimeout(100);
  connection.handle().tryExec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
}

}  // namespace assay::results
