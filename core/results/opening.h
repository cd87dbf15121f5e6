#pragma once

#include <memory>
#include <span>
#include <string>

#include "results/connection.h"
#include "results/migration.h"

/// Inside core/results only: opens files and refuses what is not ours, before anything is read from
/// it.
namespace assay::results {

/// Behind Database::open_or_create.
std::unique_ptr<Connection> open_for_writing(const std::string& path, int busy_ms,
                                             std::span<const Migration> schema);
/// Behind Database::open_readonly.
std::unique_ptr<Connection> open_for_reading(const std::string& path,
                                             std::span<const Migration> schema);
/// For ATTACH, on a connection with SQLITE_OPEN_URI: reads a file that open_for_reading has
/// accepted.
std::string readonly_uri(const std::string& path);
/// A part, checked whole (`PRAGMA quick_check`). Its schema must be version `version`.
void check_part(const std::string& path, int64_t version);

/// A new part in the file `temporary`: empty schema, one transaction begun, no journal. Messages
/// name `path`.
std::unique_ptr<Connection> create_part(const std::string& path, const std::string& temporary);

/// Behind Database::close.
void leave_wal_mode(const Connection& connection);

}  // namespace assay::results
