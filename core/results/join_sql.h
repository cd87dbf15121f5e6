#pragma once

/// Inside core/results only: statements of a join, whose texts name the attached files.

#include <string>

#include "results/connection.h"

namespace assay::results {

inline constexpr int kJoinBusyMs = 10'000;

/// Runs one writing statement; returns the rows that it changed. The text is put together here, so
/// it is not one of the connection's cached statements.
template <typename... Values>
int64_t execute(const Connection& connection, const std::string& sql, const Values&... values) {
  try {
    SQLite::Statement statement(connection.handle(), sql);
    [[maybe_unused]] int place = 0;
    (statement.bind(++place, values), ...);
    return statement.exec();
  } catch (const SQLite::Exception& error) {
    throw_translated(connection.path(), error, kJoinBusyMs);
  }
}

}  // namespace assay::results
