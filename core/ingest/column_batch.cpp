#include "ingest/column_batch.h"

#include <limits>

#include "ingest/text.h"
#include "ingest/times.h"

namespace assay::ingest {
namespace {

using Kind = BatchColumn::Kind;

// Decimal digits as we would write them: "0", "17", "-4", but not "007", "-0" or "+1". 18 digits
// stay below 2^63.
bool read_integer(std::string_view text, int64_t& value) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 18) return false;
  if (text.front() == '0' && (negative || text.size() > 1)) return false;
  int64_t sum = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return false;
    sum = sum * 10 + digit;
  }
  value = negative ? -sum : sum;
  return true;
}

// Whether `read` took every text.
template <typename T, typename Read>
bool read_all(const std::vector<std::string_view>& texts, std::vector<T>& out, const Read& read) {
  out.resize(texts.size());
  for (size_t row = 0; row < texts.size(); ++row) {
    if (!read(texts[row], out[row])) return false;
  }
  return true;
}

// Only times that are plain: what is wrong with another one is said where its line is known.
bool read_time(std::string_view text, int64_t latest, int64_t& time_us, bool& dated) {
  if (int64_t seconds = 0; read_integer(text, seconds)) {
    time_us = microseconds_of_ticks(seconds, 1);
  } else if (const std::optional<double> number = parse_number(text)) {
    if (!(*number >= 0 && *number <= latest_plain_second())) return false;
    time_us = microseconds_of(*number);
  } else {
    time_us = parse_iso_time(text).value_or(-1);
    dated = true;
  }
  return time_us >= 0 && time_us <= latest;
}

bool read_number(std::string_view text, double& number) {
  if (int64_t whole = 0; read_integer(text, whole)) {
    number = static_cast<double>(whole);
    return true;
  }
  const std::optional<double> parsed = parse_number(text);
  number = parsed.value_or(std::numeric_limits<double>::quiet_NaN());
  return parsed || text.empty();
}

}  // namespace

Cell BatchColumn::cell(int64_t row) const {
  const auto place = static_cast<size_t>(row);
  if (has_missing() && missing[place]) return {};
  switch (kind) {
    case Kind::integers:
      return {is_unsigned && integers[place] < 0 ? Cell::Kind::large : Cell::Kind::integer,
              {},
              integers[place]};
    case Kind::times:
      return {Cell::Kind::time, {}, integers[place]};
    case Kind::numbers:
      return {Cell::Kind::number, number_type, 0, numbers[place]};
    case Kind::texts:
      if (!texts[place].data()) return {};
      return {Cell::Kind::text, texts[place]};
    case Kind::cells:
      return cells[place];
    case Kind::codes:
      return dictionary->cell(codes[place]);
    case Kind::unwanted:
      break;
  }
  return {};
}

void narrow(BatchColumn& column, Use use) {
  if (column.kind != Kind::texts) return;
  const int64_t latest = microseconds_of(latest_plain_second());
  column.dated = false;
  if (use == Use::id && read_all(column.texts, column.integers, read_integer))
    column.kind = Kind::integers;
  if (use == Use::time &&
      read_all(column.texts, column.integers, [&](std::string_view text, int64_t& to) {
        return read_time(text, latest, to, column.dated);
      }))
    column.kind = Kind::times;
  if (use == Use::number && read_all(column.texts, column.numbers, read_number))
    column.kind = Kind::numbers;
}

}  // namespace assay::ingest
