#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Inside core/results only: SQLite with our errors, cached statements and typed binding.
namespace assay::results {

inline constexpr int kApplicationId = 0x41535359;  // "ASSY"

/// Rethrows what SQLite reported about the file at `path` as UserError or InternalError.
/// `waited_ms`: busy timeout.
[[noreturn]] void throw_translated(const std::string& path, const SQLite::Exception& error,
                                   int waited_ms);

/// The rows of one query. Resets its statement at the end, so that no read transaction stays open.
class QueryRows {
 public:
  QueryRows(const class Connection& connection, SQLite::Statement& statement)
      : connection_(connection), statement_(statement) {}
  ~QueryRows();
  QueryRows(const QueryRows&) = delete;

  bool next();

  bool is_null(int column) const { return statement_.getColumn(column).isNull(); }
  int64_t integer(int column) const { return statement_.getColumn(column).getInt64(); }
  double real(int column) const { return statement_.getColumn(column).getDouble(); }
  std::string text(int column) const { return statement_.getColumn(column).getString(); }
  std::optional<int64_t> maybe_integer(int column) const;
  std::optional<double> maybe_real(int column) const;
  std::optional<std::string> maybe_text(int column) const;

  /// The BLOB's bytes as little-endian T; appended to `out`.
  template <typename T>
  void append_blob(int column, std::vector<T>& out) const {
    const SQLite::Column cell = statement_.getColumn(column);
    const size_t count = static_cast<size_t>(cell.getBytes()) / sizeof(T);
    if (count == 0) return;
    out.resize(out.size() + count);
    std::memcpy(out.data() + out.size() - count, cell.getBlob(), count * sizeof(T));
  }
  template <typename T>
  std::vector<T> blob(int column) const {
    std::vector<T> out;
    append_blob(column, out);
    return out;
  }

 private:
  const Connection& connection_;
  SQLite::Statement& statement_;
};

/// One open file. Not for two threads at once.
class Connection {
 public:
  /// Opens; throws UserError where SQLite cannot. `uri` may carry options (`?immutable=1`); `path`
  /// is for messages.
  Connection(std::string path, const std::string& uri, int flags, int busy_ms);

  const std::string& path() const { return path_; }
  int busy_ms() const { return busy_ms_; }
  SQLite::Database& handle() const { return handle_; }
  bool writable() const { return writable_; }
  void set_writable(bool writable) { writable_ = writable; }

  /// Runs statements without parameters or rows.
  void exec(const std::string& sql) const;
  int64_t pragma(const std::string& name) const;

  /// Runs a writing statement; returns how many rows it changed. `sql` must be a literal: it names
  /// a cached statement.
  template <typename... Values>
  int64_t run(const char* sql, const Values&... values) const {
    SQLite::Statement& statement = bound(sql, values...);
    return execute(statement);
  }
  /// Starts a reading statement. The same `sql` may not be started again before its QueryRows are gone.
  template <typename... Values>
  QueryRows rows(const char* sql, const Values&... values) const {
    return QueryRows(*this, bound(sql, values...));
  }

  /// One transaction around `body`; an inner call is a savepoint. Rolls back where `body` throws.
  void transaction(const std::function<void()>& body) const;
  /// Forgets cached statements: before DETACH, or leaving WAL mode.
  void forget_statements() const { statements_.clear(); }

 private:
  SQLite::Statement& prepared(const char* sql) const;
  int64_t execute(SQLite::Statement& statement) const;

  template <typename... Values>
  SQLite::Statement& bound(const char* sql, const Values&... values) const {
    SQLite::Statement& statement = prepared(sql);
    int place = 0;
    (bind(statement, ++place, values), ...);
    return statement;
  }

  template <typename T>
  static void bind(SQLite::Statement& statement, int place, const T& value) {
    if constexpr (std::is_convertible_v<T, std::string_view>) {
      statement.bind(place, std::string(std::string_view(value)));
    } else if constexpr (std::is_floating_point_v<T>) {
      statement.bind(place, static_cast<double>(value));
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      statement.bind(place, static_cast<int64_t>(value));
    } else {
      bind_compound(statement, place, value);
    }
  }
  template <typename T>
  static void bind_compound(SQLite::Statement& statement, int place,
                            const std::optional<T>& value) {
    if (value) bind(statement, place, *value);  // else stays NULL: prepared() clears the bindings
  }
  template <typename T>
  static void bind_compound(SQLite::Statement& statement, int place, std::span<const T> values) {
    // A null pointer would bind NULL; an empty span is an empty BLOB.
    statement.bindNoCopy(place, values.empty() ? static_cast<const void*>("") : values.data(),
                         static_cast<int>(values.size_bytes()));
  }

  std::string path_;
  int busy_ms_;
  bool writable_ = false;
  mutable SQLite::Database handle_;
  mutable std::map<std::string_view, SQLite::Statement> statements_;
  mutable int depth_ = 0;
};

}  // namespace assay::results
