#include "ingest/event_batches.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "dataset/time.h"
#include "error/error.h"
#include "ingest/id_column.h"
#include "ingest/impression_cells.h"
#include "ingest/text.h"
#include "ingest/times.h"

namespace assay::ingest {
namespace {

using Kind = BatchColumn::Kind;

constexpr int64_t kAhead = 32;  // texts that are looked up at once
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// Adds batch after batch. Columns are read one after the other, so what is wrong in one counts
/// only where nothing was wrong in an earlier row: each column ends before the row at which the
/// columns before it stopped.
class BatchAdder {
 public:
  BatchAdder(BatchTable& table, const EventPlaces& places, int part, EventBuilder& events)
      : table_(table),
        places_(places),
        part_(part),
        events_(events),
        users_(events.users(), events.user_column, "a user"),
        items_(events.items(), events.item_column, "an item"),
        types_(events.types(), events.type_column, "a type") {}

  void add(const ColumnBatch& batch) {
    kept_.clear();
    if (events_.drops_missing_times() && places_.time >= 0 && drop_missing_times(batch))
      return add_rows(only_rows(batch, kept_));
    add_rows(batch);
  }

 private:
  // Whether some rows have no time; the others are in kept_.
  bool drop_missing_times(const ColumnBatch& batch) {
    const BatchColumn& times = batch.columns[static_cast<size_t>(places_.time)];
    const bool never =
        !times.has_missing() && (times.kind == Kind::integers || times.kind == Kind::times);
    if (never) return false;
    int32_t dropped = 0;
    for (int64_t row = 0; row < batch.rows; ++row) {
      if (has_no_time(times.cell(row)))
        events_.no_time(table_.origin_of(row), row - dropped++);
      else
        kept_.push_back(static_cast<int32_t>(row));
    }
    return dropped > 0;
  }

  Origin origin_of(int64_t row) const {
    return table_.origin_of(kept_.empty() ? row : kept_[static_cast<size_t>(row)]);
  }

  void add_rows(const ColumnBatch& batch) {
    rows_ = batch.rows;
    problem_.reset();
    const auto column = [&](int place) -> const BatchColumn& { return batch.columns[place]; };
    read_ids(column(places_.user), users_, user_);
    read_ids(column(places_.item), items_, item_);
    if (places_.type >= 0) read_ids(column(places_.type), types_, type_);
    if (places_.time >= 0) read_times(column(places_.time));
    for (const auto& [place, number] : places_.numbers) read_numbers(column(place), place, number);
    for (const auto& [place, text] : places_.texts) read_labels(column(place), place, text);
    if (problem_) throw *problem_;
    if (places_.type >= 0) events_.types(type_);
    events_.events(user_, item_, part_, origin_of(0));
  }

  /// Calls body(row) for the rows that count, up to the one that throws.
  template <typename Body>
  void each_row(const Body& body) {
    int64_t row = 0;
    try {
      for (; row < rows_; ++row) body(row);
    } catch (const error::UserError& error) {
      problem_ = error;
      rows_ = row;
    }
  }

  void read_ids(const BatchColumn& column, IdColumn& ids, std::vector<int32_t>& out) {
    out.resize(static_cast<size_t>(rows_));
    if (column.kind == Kind::texts) return read_texts(column.texts, ids, out);
    if (column.kind == Kind::codes) return read_codes(column, ids, out);
    const bool plain = column.kind == Kind::integers && !column.has_missing();
    const int64_t* const id = column.integers.data();
    int32_t* const to = out.data();
    each_row([&](int64_t row) {
      to[row] = -1;
      if (plain) to[row] = column.is_unsigned ? ids.known_unsigned(id[row]) : ids.known(id[row]);
      if (to[row] < 0) to[row] = ids.row_of(column.cell(row), origin_of(row));
    });
  }

  void read_codes(const BatchColumn& column, IdColumn& ids, std::vector<int32_t>& out) {
    std::vector<int32_t>& row_of = ids.rows_of_codes(column.dictionary);
    bool all_known = !column.has_missing();
    for (size_t row = 0; row < out.size(); ++row) {
      out[row] = row_of[static_cast<size_t>(column.codes[row])];
      all_known &= out[row] >= 0;
    }
    if (all_known) return;
    each_row([&](int64_t row) {
      const bool missing = column.has_missing() && column.missing[row];
      int32_t& known = row_of[static_cast<size_t>(column.codes[row])];
      if (missing || known < 0) known = ids.row_of(column.cell(row), origin_of(row));
      out[row] = known;
    });
  }

  void read_texts(std::span<const std::string_view> texts, IdColumn& ids,
                  std::vector<int32_t>& out) {
    std::array<uint64_t, kAhead> hash;
    each_row([&](int64_t row) {
      const int64_t in_group = row % kAhead;
      if (in_group == 0)
        ids.look_ahead(texts.subspan(row, std::min(kAhead, rows_ - row)), &hash[0]);
      out[row] = ids.row_of(texts[row], hash[in_group], origin_of(row));
    });
  }

  void read_times(const BatchColumn& column) {
    const auto rows = static_cast<size_t>(rows_);
    const TimeReader& reader = events_.time_reader();
    if (column.kind == Kind::times && column.dated) events_.times_are_dated();
    if (all_plain_times(column)) return events_.times(std::span(column.integers).first(rows));
    const bool counts = column.kind == Kind::integers && !column.has_missing();
    if (counts && reader.read_plain(std::span(column.integers).first(rows), time_))
      return events_.times(time_);
    time_.resize(rows);
    each_row([&](int64_t row) {
      const Cell cell = column.cell(row);
      if (has_no_time(cell)) events_.no_time(origin_of(row));
      time_[row] = cell.integer;
      if (column.was_texts) return;
      if (is_dated(cell)) events_.times_are_dated();
      time_[row] = reader.time_of(cell, table_.names()[places_.time], origin_of(row));
    });
    events_.times(std::span(time_).first(static_cast<size_t>(rows_)));
  }

  // Whether a column holds times alone that are what they should be.
  bool all_plain_times(const BatchColumn& column) const {
    if (column.has_missing() || column.kind != Kind::times) return false;
    if (column.was_texts) return true;
    if (!events_.time_reader().takes_timestamps(column.local)) return false;
    const auto latest = static_cast<uint64_t>(microseconds_of(latest_plain_second()));
    bool plain = true;
    for (const int64_t time : column.integers) plain &= static_cast<uint64_t>(time) <= latest;
    return plain;
  }

  void read_numbers(const BatchColumn& column, int place, size_t number) {
    if (events_.given_up(number)) return;
    if (column.kind == Kind::integers && !column.has_missing()) {
      number_.resize(static_cast<size_t>(rows_));
      for (size_t row = 0; row < number_.size(); ++row) {
        const int64_t bits = column.integers[row];
        number_[row] = column.is_unsigned ? static_cast<double>(static_cast<uint64_t>(bits))
                                          : static_cast<double>(bits);
      }
      return events_.numbers(number, number_);
    }
    const auto infinite = [](double value) { return std::isinf(value); };
    if (column.kind == Kind::numbers && std::ranges::none_of(column.numbers, infinite))
      return events_.numbers(number, std::span(column.numbers).first(static_cast<size_t>(rows_)));
    each_row([&](int64_t row) {
      if (!events_.given_up(number)) add_number(column.cell(row), number, origin_of(row), events_);
    });
    if (events_.given_up(number) && place != places_.type && !places_.is_text(place))
      table_.set_use(place, Use::unwanted);
  }

  void read_labels(const BatchColumn& column, int place, size_t text) {
    const std::string& name = table_.names()[static_cast<size_t>(place)];
    code_.resize(static_cast<size_t>(rows_));
    each_row([&](int64_t row) {
      code_[row] = text_code(column.cell(row), text, name, origin_of(row), events_);
    });
    events_.texts(text, std::span(code_).first(static_cast<size_t>(rows_)));
  }

  BatchTable& table_;
  const EventPlaces& places_;
  const int part_;
  EventBuilder& events_;
  IdColumn users_, items_, types_;
  std::vector<int32_t> kept_;  // rows that are not dropped; empty where all are kept
  std::vector<int32_t> user_, item_, type_, code_;
  std::vector<int64_t> time_;
  std::vector<double> number_;
  int64_t rows_ = 0;
  std::optional<error::UserError> problem_;
};

}  // namespace

void add_number(const Cell& cell, size_t column, const Origin& origin, EventBuilder& events) {
  switch (cell.kind) {
    case Cell::Kind::text:
      return events.number(column, cell.text, origin);
    case Cell::Kind::integer:
    case Cell::Kind::boolean:
      return events.number(column, static_cast<double>(cell.integer));
    case Cell::Kind::number:
      if (std::isinf(cell.number)) return events.no_number(column, shown(cell), origin);
      return events.number(column, cell.number);  // NaN is missing
    case Cell::Kind::large:
      return events.number(column, static_cast<double>(cell.large()));
    case Cell::Kind::missing:
      return events.number(column, kMissing);
    default:
      return events.no_number(column, shown(cell), origin);
  }
}

bool EventPlaces::is_text(int place) const {
  return std::ranges::any_of(texts, [&](const auto& text) { return text.first == place; });
}

int32_t text_code(const Cell& cell, size_t column, const std::string& name, const Origin& origin,
                  EventBuilder& events) {
  std::string buffer;
  return events.code_of(column, plain_text(cell, name, origin, buffer), origin);
}

void read_event_batches(BatchTable& table, const EventPlaces& places, int part,
                        EventBuilder& events) {
  table.set_times(events.time_reader());
  table.set_use(places.user, Use::id);
  table.set_use(places.item, Use::id);
  if (places.time >= 0) table.set_use(places.time, Use::time);
  for (const auto& [place, number] : places.numbers)
    table.set_use(place, events.given_up(number) ? Use::unwanted : Use::number);
  if (places.type >= 0) table.set_use(places.type, Use::id);  // it may be a target's as well
  for (const auto& [place, text] : places.texts)
    table.set_use(place, Use::id);  // as a target may compare numbers too
  events.expect(table.rows_expected());
  BatchAdder adder(table, places, part, events);
  while (const ColumnBatch* batch = table.next_batch()) adder.add(*batch);
}

}  // namespace assay::ingest
