#include "ingest/row_values.h"

#include <utility>

namespace assay::ingest {
namespace {

using Kind = BatchColumn::Kind;

/// What the cells of two batches point to.
using BothMemories = std::pair<std::shared_ptr<void>, std::shared_ptr<void>>;

template <typename T>
void put_front(std::vector<T>& values, T value) {
  values.insert(values.begin(), value);
}

}  // namespace

RowValues::Last RowValues::last_of(const BatchColumn& column) {
  Last last;
  last.missing = column.has_missing() && column.missing.back() != 0;
  if (column.kind == Kind::integers || column.kind == Kind::times)
    last.integer = column.integers.back();
  if (column.kind == Kind::codes) last.integer = column.codes.back();
  if (column.kind == Kind::numbers) last.number = column.numbers.back();
  if (column.kind == Kind::texts) {
    last.missing = column.texts.back().data() == nullptr;
    last.text = column.texts.back();  // what it points to is filled again
  }
  if (column.kind == Kind::cells) {
    last.cell = column.cells.back();
    last.memory = column.memory;
  }
  return last;
}

void RowValues::put_before(const Last& last, int64_t rows, BatchColumn& column) {
  switch (column.kind) {
    case Kind::integers:
    case Kind::times:
      put_front(column.integers, last.integer);
      break;
    case Kind::numbers:
      put_front(column.numbers, last.number);
      break;
    case Kind::codes:
      put_front(column.codes, static_cast<int32_t>(last.integer));
      break;
    case Kind::cells:
      put_front(column.cells, last.cell);
      column.memory = std::make_shared<BothMemories>(last.memory, column.memory);
      return;
    case Kind::texts:
      column.carried = last.text;
      put_front(column.texts, last.missing ? std::string_view() : std::string_view(column.carried));
      return;
    case Kind::unwanted:
      return;
  }
  if (!last.missing && !column.has_missing()) return;
  column.missing.resize(static_cast<size_t>(rows), 0);
  put_front(column.missing, last.missing ? uint8_t{1} : uint8_t{0});
}

template <typename T>
void RowValues::spread(std::vector<T>& values, std::vector<T>& buffer,
                       std::span<const int32_t> row_of, int32_t shift) {
  std::swap(values, buffer);
  values.resize(row_of.size());
  for (size_t i = 0; i < row_of.size(); ++i)
    values[i] = buffer[static_cast<size_t>(row_of[i] + shift)];
}

void RowValues::repeat(int64_t rows, std::span<const int32_t> row_of, Use use,
                       const TimeReader& times, BatchColumn& column) {
  const std::optional<Last> before = last_;
  if (rows > 0) last_ = last_of(column);
  if (before) put_before(*before, rows, column);
  if (column.kind == Kind::texts || column.kind == Kind::cells) column.missing.clear();
  narrow(column, use, times);
  const int32_t shift = before ? 1 : 0;
  if (column.kind == Kind::integers || column.kind == Kind::times)
    spread(column.integers, integers_, row_of, shift);
  if (column.kind == Kind::numbers) spread(column.numbers, numbers_, row_of, shift);
  if (column.kind == Kind::texts) spread(column.texts, texts_, row_of, shift);
  if (column.kind == Kind::cells) spread(column.cells, cells_, row_of, shift);
  if (column.kind == Kind::codes) spread(column.codes, codes_, row_of, shift);
  if (column.has_missing()) spread(column.missing, missing_, row_of, shift);
}

}  // namespace assay::ingest
