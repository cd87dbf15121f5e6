#include "results/request_values_table.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <exception>

#include "error/error.h"

namespace assay::results {
namespace {

// Columns of the virtual table; those from column_trial on are its parameters.
enum Column {
  column_request,
  column_value,
  column_trial,
  column_metric,
  column_cutoff,
  column_stage,
  column_count
};
constexpr const char* kDeclaration =
    "CREATE TABLE request_values (request INTEGER, value REAL, trial TEXT HIDDEN, "
    "metric TEXT HIDDEN, cutoff INTEGER HIDDEN, stage TEXT HIDDEN)";

struct Wanted {
  std::string trial, metric, stage = "served";
  int64_t cutoff = 0;
};

struct ValuesTable : sqlite3_vtab {
  const Connection* connection = nullptr;
};

struct ValuesCursor : sqlite3_vtab_cursor {
  Wanted wanted;
  std::vector<float> values;
  size_t row = 0;
};

ValuesCursor& cursor_of(sqlite3_vtab_cursor* cursor) { return *static_cast<ValuesCursor*>(cursor); }

/// The definition id behind a name. Throws UserError where no such metric is known.
std::string definition_of(const Connection& connection, const std::string& metric) {
  QueryRows found =
      connection.rows("SELECT definition FROM metric WHERE name = ?1 OR definition = ?1", metric);
  if (found.next()) return found.text(0);
  std::vector<std::string> known;
  QueryRows names =
      connection.rows("SELECT name FROM metric WHERE scope = 'request' ORDER BY name");
  while (names.next()) known.push_back(names.text(0));
  throw error::UserError(fmt::format("request_values: \"{}\" is no metric of this file{}", metric,
                                     error::did_you_mean(metric, known)));
}

void refuse_other_cutoff(const Connection& connection, const Wanted& wanted,
                         const std::string& definition) {
  std::vector<int64_t> kept;
  QueryRows rows = connection.rows(
      "SELECT cutoff FROM request_value WHERE trial_key = ? AND stage = ? AND definition = ? "
      "ORDER BY cutoff",
      wanted.trial, wanted.stage, definition);
  while (rows.next()) kept.push_back(rows.integer(0));
  if (kept.empty()) return;
  throw error::UserError(
      fmt::format("request_values: {} of stage {} is stored at cutoff {}, not at {}", wanted.metric,
                  wanted.stage, fmt::join(kept, ", "), wanted.cutoff));
}

std::vector<float> load(const Connection& connection, const Wanted& wanted) {
  const std::string definition = definition_of(connection, wanted.metric);
  {
    QueryRows rows = connection.rows(
        "SELECT data FROM request_value WHERE trial_key = ? AND stage = ? AND definition = ? "
        "AND cutoff = ?",
        wanted.trial, wanted.stage, definition, wanted.cutoff);
    if (rows.next()) return rows.blob<float>(0);
  }
  refuse_other_cutoff(connection, wanted, definition);
  return {};
}

// -- What SQLite calls
// -------------------------------------------------------------------------------------------

int connect(sqlite3* db, void* connection, int, const char* const*, sqlite3_vtab** table, char**) {
  const int rc = sqlite3_declare_vtab(db, kDeclaration);
  if (rc != SQLITE_OK) return rc;
  sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);  // it reads the file that is open, and no other
  auto made = std::make_unique<ValuesTable>();
  made->connection = static_cast<const Connection*>(connection);
  *table = made.release();
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  delete static_cast<ValuesTable*>(table);
  return SQLITE_OK;
}

/// Tells SQLite to pass the parameters that are there in column order; their set is the index
/// number.
int best_index(sqlite3_vtab* table, sqlite3_index_info* info) {
  std::array<int, column_count> place;
  place.fill(-1);
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.iColumn < column_trial || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (!constraint.usable) return SQLITE_CONSTRAINT;
    place[static_cast<size_t>(constraint.iColumn)] = i;
  }
  if (place[column_trial] < 0 || place[column_metric] < 0) {
    table->zErrMsg = sqlite3_mprintf(
        "request_values needs a trial and a metric: "
        "request_values(trial, metric, cutoff)");
    return SQLITE_ERROR;
  }
  int given = 0;
  for (int column = column_trial; column < column_count; ++column) {
    const int constraint = place[static_cast<size_t>(column)];
    if (constraint < 0) continue;
    info->aConstraintUsage[constraint].argvIndex = ++given;
    info->aConstraintUsage[constraint].omit = 1;
    info->idxNum |= 1 << column;
  }
  info->estimatedCost = 1e3;
  return SQLITE_OK;
}

int open_cursor(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
  *cursor = std::make_unique<ValuesCursor>().release();
  return SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
  delete &cursor_of(cursor);
  return SQLITE_OK;
}

std::string text_of(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return text == nullptr ? "" : std::string(text, static_cast<size_t>(sqlite3_value_bytes(value)));
}

Wanted wanted_of(int parameters, sqlite3_value** argv) {
  Wanted wanted;
  for (int column = column_trial; column < column_count; ++column) {
    if ((parameters & (1 << column)) == 0) continue;
    sqlite3_value* value = *argv++;
    if (column == column_trial) wanted.trial = text_of(value);
    if (column == column_metric) wanted.metric = text_of(value);
    if (column == column_cutoff) wanted.cutoff = sqlite3_value_int64(value);
    if (column == column_stage) wanted.stage = text_of(value);
  }
  return wanted;
}

int filter(sqlite3_vtab_cursor* base, int parameters, const char*, int, sqlite3_value** argv) {
  ValuesCursor& cursor = cursor_of(base);
  auto* table = static_cast<ValuesTable*>(base->pVtab);
  cursor.row = 0;
  try {
    cursor.wanted = wanted_of(parameters, argv);
    cursor.values = load(*table->connection, cursor.wanted);
    return SQLITE_OK;
  } catch (const std::exception& error) {
    table->zErrMsg = sqlite3_mprintf("%s", error.what());
    return SQLITE_ERROR;
  }
}

int next(sqlite3_vtab_cursor* cursor) {
  ++cursor_of(cursor).row;
  return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* cursor) {
  return cursor_of(cursor).row >= cursor_of(cursor).values.size();
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) {
  const ValuesCursor& cursor = cursor_of(base);
  const auto text = [&](const std::string& value) {
    sqlite3_result_text(context, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
  };
  if (index == column_request) sqlite3_result_int64(context, static_cast<int64_t>(cursor.row));
  // SQLite turns NaN into NULL.
  if (index == column_value) sqlite3_result_double(context, cursor.values[cursor.row]);
  if (index == column_trial) text(cursor.wanted.trial);
  if (index == column_metric) text(cursor.wanted.metric);
  if (index == column_cutoff) sqlite3_result_int64(context, cursor.wanted.cutoff);
  if (index == column_stage) text(cursor.wanted.stage);
  return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
  *id = static_cast<sqlite3_int64>(cursor_of(cursor).row);
  return SQLITE_OK;
}

const sqlite3_module& module() {
  static const sqlite3_module made = [] {
    sqlite3_module m{};
    m.xConnect =
        connect;  // without xCreate the module is eponymous only: it is called like a function
    m.xBestIndex = best_index;
    m.xDisconnect = disconnect;
    m.xOpen = open_cursor;
    m.xClose = close_cursor;
    m.xFilter = filter;
    m.xNext = next;
    m.xEof = at_end;
    m.xColumn = column;
    m.xRowid = row_id;
    return m;
  }();
  return made;
}

}  // namespace

void register_request_values(const Connection& connection) {
  const int rc = sqlite3_create_module(connection.handle().getHandle(), "request_values", &module(),
                                       const_cast<Connection*>(&connection));
  error::require(rc == SQLITE_OK, "request_values is registered on every open file");
}

}  // namespace assay::results
