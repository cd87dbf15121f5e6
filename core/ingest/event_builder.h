#pragma once

/// What the readers of events share: ids to rows, columns of numbers, times.

#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/columns.h"
#include "dataset/dense_ids.h"
#include "dataset/imported.h"
#include "ingest/time_reader.h"

namespace assay::ingest {

/// Where a value stands, made into text only when it is needed.
struct Origin {
  const std::string& path;
  int64_t line;
  const char* unit = nullptr;  ///< "row", "entry"; a line without one
  std::string text() const;
};

/// The row of an id, which must be UTF-8: ids become text in reports. Each is looked at once.
/// Throws UserError.
int32_t add_id(std::string_view text, dataset::Interner& ids, const std::string& column,
               const Origin& origin);
/// As above, with the hash of Interner::look_ahead.
int32_t add_id(std::string_view text, uint64_t hash, dataset::Interner& ids,
               const std::string& column, const Origin& origin);

/// Thrown where reading was asked to stop.
struct Stopped {};

/// Collects the events of one data set, from one file or several.
class EventBuilder {
 public:
  /// @param stop    asks events() to throw Stopped
  /// @param folder  where the data will be written; "": unknown
  explicit EventBuilder(std::stop_token stop = {}, std::string folder = {})
      : stop_(std::move(stop)), folder_(std::move(folder)) {}

  /// Makes a column of numbers. A `strict` one is declared to be numbers; another is given up at
  /// the first that is none.
  /// Events before have no value in it.
  /// @return its place for number(); the same name gives the same place
  size_t number_column(const std::string& name, bool strict);

  /// Columns whose texts are kept, for targets that compare them.
  void keep_texts(const std::vector<std::string>& columns);
  /// The place of such a column for text(); none where its texts are not kept.
  std::optional<size_t> text_column(const std::string& name);
  /// A text of it as a code; -1 of an empty one. Throws UserError where it is no UTF-8.
  int32_t code_of(size_t column, std::string_view text, const Origin& origin);

  /// Begins the next event.
  /// @param part  0 train, 1 test, -1 where the files are not split
  /// Throws UserError where an id is empty.
  void event(std::string_view user, std::string_view item, int part, const Origin& origin);
  /// As above, of rows of users() and items().
  void event(int32_t user, int32_t item, int part, const Origin& origin);
  /// Of the event just begun: its time in microseconds, and a value of each column ("" is missing).
  /// Throws UserError where a strict column is no number.
  void time(int64_t time_us) { data_.events.time_us.push_back(time_us); }
  /// Says that times are written as such, or counted in something else than seconds: they are not
  /// read as days, whatever their numbers are.
  void times_are_dated() { times_are_counted_ = false; }
  void number(size_t column, std::string_view text, const Origin& origin);
  void number(size_t column, double value);
  /// Of a value that is neither a number nor missing: a strict column throws, another is given up.
  void no_number(size_t column, const std::string& what, const Origin& origin);

  /// Its text in a column, as code_of() gave it.
  void text(size_t column, int32_t code) { texts_[column].codes.code.push_back(code); }
  /// Its type, a row of types().
  void type(int32_t type) { data_.events.type.push_back(type); }

  /// As above, of events that follow each other; all of them, column by column.
  void events(std::span<const int32_t> users, std::span<const int32_t> items, int part,
              const Origin& origin);
  void times(std::span<const int64_t> times_us);
  void types(std::span<const int32_t> types) { append(data_.events.type, types); }
  void numbers(size_t column, std::span<const double> values);
  void texts(size_t column, std::span<const int32_t> codes) {
    texts_[column].codes.code.append(codes);
  }
  bool given_up(size_t column) const { return columns_[column].given_up; }
  /// Makes room for so many events more. A guess may be too high: room that is not used costs
  /// nothing.
  void expect(int64_t events);
  /// Says that exactly so many events will come in all, of so many files with so many columns:
  /// those of a large log are built where they will lie in the file that is written of them.
  void expect_in_all(int64_t events, size_t files, size_t columns);

  /// Gives the last events no value in the columns that lack theirs.
  void fill_columns();

  /// A column that is no number for another reason than a value.
  void not_number(const std::string& name, std::string why) {
    data_.events.not_numbers.emplace(name, std::move(why));
  }
  /// Says that so many rows more gave no event, and where the first of them stands.
  void rows_without_event(int64_t count, const std::string& first) {
    if (without_event_ == 0) first_without_event_ = first;
    without_event_ += count;
  }
  int64_t rows_without_event() const { return without_event_; }
  const std::string& first_without_event() const { return first_without_event_; }
  /// A user without events.
  void user(std::string_view id) { users_.add(id); }

  dataset::Interner& users() { return users_; }
  dataset::Interner& items() { return items_; }
  dataset::Interner& types() { return types_; }
  size_t size() const { return data_.events.user.size(); }

  /// How times are written.
  const TimeReader& time_reader() const { return time_reader_; }
  void read_times_by(TimeReader times);

  /// Says that rows without a time are dropped, rather than errors.
  void drop_missing_times() { drops_missing_times_ = true; }
  bool drops_missing_times() const { return drops_missing_times_; }
  /// A row without a time, in place of the next event; of a batch, `row` places behind it.
  /// Throws UserError where rows without one are errors.
  void no_time(const Origin& origin, int64_t row = 0);
  /// How many were dropped.
  int64_t dropped() const { return static_cast<int64_t>(dropped_rows_.size()); }

  /// Names of what begins an event, for messages.
  std::string user_column = "user", item_column = "item", time_column = "time",
              type_column = "event";

  /// Everything collected. `value` names the column that holds the strength of an event; it is left
  /// out where that is no column of numbers. Throws UserError where there is no event, or times for
  /// some only.
  dataset::Dataset finish(const std::string& value, const std::string& path);
  /// After finish(): the columns of texts that the files have.
  std::vector<dataset::TextCodes> take_texts() &&;

 private:
  struct Column {
    dataset::NumberColumn numbers;
    bool strict = false;
    bool given_up = false;
  };
  struct Texts {
    dataset::TextCodes codes;
    dataset::Interner labels;
    bool found = false;
  };
  /// A column that is still empty takes its place in the room, where there is one.
  template <typename T>
  void append(dataset::LargeVector<T>& column, std::span<const T> values) {
    if (column.empty() && data_.preallocated) column.lie_in(place_of_column(sizeof(T)));
    column.append(values);
  }
  std::span<std::byte> place_of_column(size_t bytes_an_event);
  dataset::LargeVector<int32_t> kept_rows() const;

  std::stop_token stop_;
  std::string folder_;
  size_t in_all_ = 0;  // events, where there is a room
  int64_t without_event_ = 0;
  std::string first_without_event_;
  bool times_are_counted_ = true;
  TimeReader time_reader_;
  bool drops_missing_times_ = false;
  std::vector<int32_t> dropped_rows_;  // places in the files, ascending
  dataset::Interner users_, items_, types_;
  std::vector<Column> columns_;
  std::vector<Texts> texts_;
  dataset::Dataset data_;
};

}  // namespace assay::ingest
