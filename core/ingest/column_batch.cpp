#include "ingest/column_batch.h"

#include <algorithm>
#include <limits>

#include "ingest/text.h"

namespace assay::ingest {
namespace {

using Kind = BatchColumn::Kind;

// Whether `read` took every text.
template <typename T, typename Read>
bool read_all(const std::vector<std::string_view>& texts, std::vector<T>& out, const Read& read) {
  out.resize(texts.size());
  for (size_t row = 0; row < texts.size(); ++row) {
    if (!read(texts[row], out[row])) return false;
  }
  return true;
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

// What an earlier batch left behind may be shorter, and is not looked at.
template <typename T>
void keep(std::vector<T>& values, std::span<const int32_t> rows) {
  size_t kept = 0;
  for (const int32_t row : rows)
    if (static_cast<size_t>(row) < values.size()) values[kept++] = values[static_cast<size_t>(row)];
  values.resize(kept);
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
      return {local ? Cell::Kind::local_time : Cell::Kind::time, {}, integers[place]};
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

void narrow(BatchColumn& column, Use use, const TimeReader& times) {
  if (column.kind != Kind::texts) return;
  column.dated = column.local = column.was_texts = false;
  column.missing.clear();
  if (use == Use::id && read_all(column.texts, column.integers, read_integer))
    column.kind = Kind::integers;
  if (use == Use::time) {
    column.was_texts =
        times.read_plain(column.texts, column.integers, column.missing, column.dated);
    if (column.was_texts)
      column.kind = Kind::times;
    else
      column.missing.clear();
  }
  if (use == Use::number && read_all(column.texts, column.numbers, read_number))
    column.kind = Kind::numbers;
}

ColumnBatch only_rows(const ColumnBatch& batch, std::span<const int32_t> rows) {
  ColumnBatch out;
  out.rows = out.lines = std::ssize(rows);
  for (const BatchColumn& column : batch.columns) {
    BatchColumn& kept = out.columns.emplace_back(column);
    keep(kept.integers, rows);
    keep(kept.numbers, rows);
    keep(kept.texts, rows);
    keep(kept.cells, rows);
    keep(kept.codes, rows);
    keep(kept.missing, rows);
    if (std::ranges::count(kept.missing, 1) == 0) kept.missing.clear();
  }
  return out;
}

}  // namespace assay::ingest
