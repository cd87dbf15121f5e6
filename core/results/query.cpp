#include <fmt/core.h>
#include <sqlite3.h>

#include <cctype>
#include <memory>

#include "error/error.h"
#include "results/connection.h"
#include "results/reader.h"

namespace assay::results {
namespace {

struct Finalise {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalise>;

/// Faults of the file are told as everywhere; the rest is a mistake in the user's SQL.
[[noreturn]] void throw_query_error(const Connection& connection, int code) {
  sqlite3* db = connection.handle().getHandle();
  if ((code & 0xff) == SQLITE_ERROR) throw error::UserError("SQL", sqlite3_errmsg(db));
  throw_translated(connection.path(), SQLite::Exception(db, code), connection.busy_ms());
}

bool is_blank(std::string_view text) {
  for (const char c : text) {
    if (!std::isspace(static_cast<unsigned char>(c)) && c != ';') return false;
  }
  return true;
}

Statement prepare(const Connection& connection, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(connection.handle().getHandle(), sql.data(),
                                      static_cast<int>(sql.size()), &raw, &rest);
  Statement statement(raw);
  if (code != SQLITE_OK) throw_query_error(connection, code);
  if (!statement) throw error::UserError("SQL", "there is no statement to run");
  if (!is_blank({rest, static_cast<size_t>(sql.data() + sql.size() - rest)})) {
    throw error::UserError("SQL", "there is more than one statement; give one at a time");
  }
  if (sqlite3_stmt_readonly(raw) == 0) {
    throw error::UserError("SQL",
                           "the statement would change the file; only reading is possible here");
  }
  return statement;
}

void bind(sqlite3_stmt* statement, int place, const Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) {
    sqlite3_bind_int64(statement, place, *integer);
  } else if (const auto* real = std::get_if<double>(&cell)) {
    sqlite3_bind_double(statement, place, *real);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    sqlite3_bind_text64(statement, place, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  } else if (const auto* blob = std::get_if<Blob>(&cell)) {
    sqlite3_bind_blob64(statement, place, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
  }
}

Cell cell_of(sqlite3_stmt* statement, int column) {
  const int type = sqlite3_column_type(statement, column);
  if (type == SQLITE_NULL) return {};
  if (type == SQLITE_INTEGER) return sqlite3_column_int64(statement, column);
  if (type == SQLITE_FLOAT) return sqlite3_column_double(statement, column);
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
  std::string copy = size == 0 ? std::string() : std::string(bytes, size);
  if (type == SQLITE_BLOB) return Blob{std::move(copy)};
  return copy;
}

}  // namespace

QueryAnswer Reader::query(std::string_view sql, std::span<const Cell> parameters) const {
  const Connection& connection = *database_.connection_;
  const Statement statement = prepare(connection, sql);
  const int wanted = sqlite3_bind_parameter_count(statement.get());
  if (std::cmp_not_equal(wanted, parameters.size())) {
    throw error::UserError(
        "SQL", fmt::format("the statement has {} parameters, {} values are given", wanted,
                           parameters.size()));
  }
  for (int place = 1; place <= wanted; ++place) {
    bind(statement.get(), place, parameters[static_cast<size_t>(place - 1)]);
  }
  QueryAnswer table;
  const int columns = sqlite3_column_count(statement.get());
  for (int c = 0; c < columns; ++c) {
    table.columns.emplace_back(sqlite3_column_name(statement.get(), c));
  }
  int code = sqlite3_step(statement.get());
  for (; code == SQLITE_ROW; code = sqlite3_step(statement.get())) {
    auto& row = table.rows.emplace_back();
    for (int c = 0; c < columns; ++c) row.push_back(cell_of(statement.get(), c));
  }
  if (code != SQLITE_DONE) throw_query_error(connection, code);
  return table;
}

}  // namespace assay::results
