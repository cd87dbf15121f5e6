#include "results/connection.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include "error/error.h"

namespace assay::results {
namespace {

SQLite::Database open_handle(const std::string& path, const std::string& uri, int flags,
                             int busy_ms) {
  try {
    return SQLite::Database(uri, flags, busy_ms);
  } catch (const SQLite::Exception& error) {
    throw_translated(path, error, busy_ms);
  }
}

std::string user_message(int code, const SQLite::Exception& error, int waited_ms) {
  switch (code) {
    case SQLITE_NOTADB:
      return "this is not an SQLite database; name another file, or move this one away";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fmt::format(
          "the file is in use: another process is writing to it (waited {:g} s); wait until it "
          "ends, or write to another file",
          waited_ms / 1000.0);
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "the file cannot be written; make it and its folder writable, or write to another "
             "file";
    case SQLITE_CANTOPEN:
      return "the file cannot be opened; check that its folder exists and is readable and writable";
    case SQLITE_CORRUPT:
      return fmt::format(
          "the file is damaged ({}); restore a copy of it, or move it away and run again",
          error.what());
    case SQLITE_FULL:
      return "the disk is full; free some space and run again (finished work is kept)";
    case SQLITE_IOERR:
      return fmt::format("reading or writing failed ({}); check the disk", error.what());
    default:
      return "";
  }
}

}  // namespace

void throw_translated(const std::string& path, const SQLite::Exception& error, int waited_ms) {
  const std::string message = user_message(error.getErrorCode() & 0xff, error, waited_ms);
  if (message.empty())
    throw error::InternalError(fmt::format("{}: SQLite: {}", path, error.what()));
  throw error::UserError(path, message);
}

QueryRows::~QueryRows() { statement_.tryReset(); }

bool QueryRows::next() {
  try {
    return statement_.executeStep();
  } catch (const SQLite::Exception& error) {
    throw_translated(connection_.path(), error, connection_.busy_ms());
  }
}

std::optional<int64_t> QueryRows::maybe_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<double> QueryRows::maybe_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional(real(column));
}

std::optional<std::string> QueryRows::maybe_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

Connection::Connection(std::string path, const std::string& uri, int flags, int busy_ms)
    : path_(std::move(path)), busy_ms_(busy_ms), handle_(open_handle(path_, uri, flags, busy_ms)) {
  // The file may come from anyone: its views and triggers get no more than a query could, and
  // nothing in it may rewrite the schema.
  exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
  sqlite3_db_config(handle_.getHandle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

void Connection::exec(const std::string& sql) const {
  try {
    handle_.exec(sql);
  } catch (const SQLite::Exception& error) {
    throw_translated(path_, error, busy_ms_);
  }
}

int64_t Connection::pragma(const std::string& name) const {
  try {
    return handle_.execAndGet("PRAGMA " + name).getInt64();
  } catch (const SQLite::Exception& error) {
    throw_translated(path_, error, busy_ms_);
  }
}

// Keyed by a view of the text, which every caller passes as a literal.
SQLite::Statement& Connection::prepared(const char* sql) const {
  try {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      found = statements_.emplace(sql, SQLite::Statement(handle_, sql)).first;
    }
    found->second.reset();
    found->second.clearBindings();
    return found->second;
  } catch (const SQLite::Exception& error) {
    throw_translated(path_, error, busy_ms_);
  }
}

int64_t Connection::execute(SQLite::Statement& statement) const {
  error::require(writable_, "a file opened for reading is not written to");
  try {
    const int changes = statement.exec();
    statement.reset();
    return changes;
  } catch (const SQLite::Exception& error) {
    statement.tryReset();
    throw_translated(path_, error, busy_ms_);
  }
}

void Connection::transaction(const std::function<void()>& body) const {
  const int level = depth_;
  const std::string name = fmt::format("level_{}", level);
  // The outermost one takes the write lock at once: a reader that turns writer may be refused
  // half-way.
  exec(level == 0 ? "BEGIN IMMEDIATE" : "SAVEPOINT " + name);
  depth_ = level + 1;
  try {
    body();
    depth_ = level;
    exec(level == 0 ? "COMMIT" : "RELEASE " + name);
  } catch (...) {
    depth_ = level;
    handle_.tryExec(level == 0 ? "ROLLBACK" : "ROLLBACK TO " + name + "; RELEASE " + name);
    throw;
  }
}

}  // namespace assay::results
