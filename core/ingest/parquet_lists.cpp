#include "ingest/parquet_lists.h"

#include <arrow/memory_pool.h>
#include <fmt/format.h>
#include <parquet/column_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <utility>

namespace assay::ingest {
namespace {

using Kind = BatchColumn::Kind;

constexpr int64_t kBatchSlots = 1 << 14;

constexpr std::string_view kOtherLength = "a list of another length";

/// The first row of a batch in which lists differ in length, -1 where it began before; none where
/// all are alike. `a` has at least as many slots as `b`.
std::optional<int64_t> differing_row(const SlotLevels& a, const SlotLevels& b) {
  int64_t row = -1;
  for (size_t slot = 0; slot < b.repetition.size(); ++slot) {
    row += a.repetition[slot] == 0;
    const bool begins = a.repetition[slot] == 0, other_begins = b.repetition[slot] == 0;
    if (begins != other_begins) return begins ? row - 1 : row;
    if (a.is_element(slot) != b.is_element(slot)) return row;
  }
  if (b.repetition.size() < a.repetition.size()) return row;
  return std::nullopt;
}

// What they nearly always are, seen at a glance.
bool are_alike(const SlotLevels& a, const SlotLevels& b) {
  if (a.repetition != b.repetition) return false;
  bool alike = true;
  for (size_t slot = 0; slot < a.definition.size(); ++slot)
    alike &= a.is_element(slot) == b.is_element(slot);
  return alike;
}

std::string counted(int64_t elements) {
  return fmt::format("{} element{}", elements, elements == 1 ? "" : "s");
}

}  // namespace

ParquetLists::ParquetLists(std::string path, parquet::ParquetFileReader& file,
                           std::vector<Column> columns, int first)
    : path_(std::move(path)), file_(file), needed_{static_cast<size_t>(first)} {
  for (Column& column : columns) {
    if (column.needed && columns_.size() != needed_.front()) needed_.push_back(columns_.size());
    columns_.push_back({.column = std::move(column), .row = {}});
  }
}

bool ParquetLists::next_group() {
  if (group_ + 1 >= file_.metadata()->num_row_groups()) return false;
  ++group_;
  rows_of_group_ = 0;
  const auto group = file_.metadata()->RowGroup(group_);
  for (State& state : columns_) {
    state.row.restart();
    if (state.in_list()) state.left = group->ColumnChunk(state.column.leaf)->num_values();
  }
  return true;
}

int64_t ParquetLists::slots_of_batch() const {
  int64_t slots = kBatchSlots;
  for (const size_t place : needed_) slots = std::min(slots, columns_[place].left);
  return group_ < 0 ? 0 : slots;
}

bool ParquetLists::fill(ColumnBatch& batch, const std::function<Use(size_t)>& use_of,
                        const TimeReader& times) {
  if (ended_) return false;
  int64_t slots = 0;
  while ((slots = slots_of_batch()) == 0)
    if (!next_group()) return false;
  batch.columns.resize(columns_.size());
  batch.bad.reset();
  read_needed(slots, batch, use_of, times);
  batch.lines = begun_;
  batch.line = row_of_;
  for (size_t place = 0; place < columns_.size(); ++place) {
    State& state = columns_[place];
    BatchColumn& out = batch.columns[place];
    const Use use = use_of(place);
    if (state.column.needed) continue;
    out.kind = Kind::unwanted;
    if (use == Use::unwanted) continue;
    if (!state.column.reader && !state.column.instead.data()) continue;
    if (!state.column.reader) {
      out.kind = Kind::cells;
      out.cells.assign(row_of_.size(), {Cell::Kind::other, state.column.instead});
    } else if (state.in_list()) {
      read_extra(state, slots, use, times, out);
    } else {
      state.column.reader->read(group_, begun_, use, out);
      state.row.repeat(begun_, row_of_, use, times, out);
    }
  }
  rows_ += begun_;
  rows_of_group_ += begun_;
  return true;
}

void ParquetLists::read_needed(int64_t slots, ColumnBatch& batch,
                               const std::function<Use(size_t)>& use_of, const TimeReader& times) {
  const State& first = columns_[needed_.front()];
  for (const size_t place : needed_) {
    columns_[place].column.reader->read(group_, slots, use_of(place), batch.columns[place]);
    columns_[place].left -= slots;
    narrow(batch.columns[place], use_of(place), times);
  }
  const SlotLevels& levels = *first.column.reader->levels();
  place_rows(levels);
  batch.rows = std::ssize(row_of_);
  for (const size_t place : needed_) {
    const State& other = columns_[place];
    const SlotLevels& others = *other.column.reader->levels();
    if (!are_alike(levels, others)) cut(differing_row(levels, others).value(), other, batch);
    // A group has as many rows in every column, so its last row goes on in one of them.
    const bool ends = first.left == 0 || other.left == 0;
    if (ends && first.left != other.left) cut(begun_ - 1, other, batch);
  }
}

void ParquetLists::place_rows(const SlotLevels& levels) {
  row_of_.resize(levels.repetition.size());
  size_t elements = 0;
  int32_t row = -1;
  for (size_t slot = 0; slot < levels.repetition.size(); ++slot) {
    row += levels.repetition[slot] == 0;
    row_of_[elements] = row;
    elements += levels.is_element(slot);
    if (levels.is_element(slot)) continue;
    if (empty_.count++ == 0) empty_.first = rows_ + row + 1;
  }
  row_of_.resize(elements);
  begun_ = row + 1;
}

// Only what is before the row counts.
void ParquetLists::cut(int64_t row, const State& other, ColumnBatch& batch) {
  if (batch.bad && row >= batch.bad_line) return;
  ended_ = true;
  const State& first = columns_[needed_.front()];
  batch.bad =
      fmt::format("{} has {} and {} has {}; lists of one row are equally long", first.column.name,
                  counted(length_of(first.column.leaf, rows_of_group_ + row)), other.column.name,
                  counted(length_of(other.column.leaf, rows_of_group_ + row)));
  batch.bad_line = row;
  batch.rows = std::ranges::count_if(row_of_, [&](int32_t at) { return at < row; });
}

void ParquetLists::read_extra(State& state, int64_t slots, Use use, const TimeReader& times,
                              BatchColumn& out) {
  if (state.lost) return;
  const int64_t here = std::min(slots, state.left);
  state.column.reader->read(group_, here, use, out);
  state.left -= here;
  narrow(out, use, times);
  const State& first = columns_[needed_.front()];
  const SlotLevels& levels = *first.column.reader->levels();
  const SlotLevels& own = *state.column.reader->levels();
  std::optional<int64_t> row;
  if (!are_alike(levels, own)) row = differing_row(levels, own);
  if (!row && first.left == 0 && state.left > 0) row = begun_ - 1;
  if (!row) return;
  state.lost = true;
  out.kind = Kind::cells;
  out.missing.clear();
  out.cells.clear();
  for (const int32_t at : row_of_)
    out.cells.push_back(at < *row ? Cell{} : Cell{Cell::Kind::other, kOtherLength});
}

// Reads the levels of one row again.
int64_t ParquetLists::length_of(int leaf, int64_t row_of_group) const {
  const parquet::ColumnDescriptor& column = *file_.metadata()->schema()->Column(leaf);
  const auto file = parquet::ParquetFileReader::OpenFile(path_);
  const auto reader = parquet::internal::RecordReader::Make(
      &column, parquet::internal::LevelInfo::ComputeLevelInfo(&column),
      arrow::default_memory_pool());
  reader->SetPageReader(file->RowGroup(group_)->GetColumnPageReader(leaf));
  reader->SkipRecords(row_of_group);
  reader->ReadRecords(1);
  const SlotLevels levels(column);
  return std::count_if(reader->def_levels(), reader->def_levels() + reader->levels_position(),
                       [&](int16_t level) { return level >= levels.element; });
}

std::optional<int64_t> ParquetLists::rows_known() const {
  int64_t rows = 0;
  for (int group = 0; group < file_.metadata()->num_row_groups(); ++group) {
    const auto chunk =
        file_.metadata()->RowGroup(group)->ColumnChunk(columns_[needed_.front()].column.leaf);
    const auto statistics = chunk->statistics();
    if (!statistics || !statistics->HasNullCount()) return std::nullopt;
    rows += chunk->num_values() - statistics->null_count();
  }
  return rows;
}

int64_t ParquetLists::rows_expected() const {
  int64_t rows = 0;
  for (int group = 0; group < file_.metadata()->num_row_groups(); ++group)
    rows += file_.metadata()
                ->RowGroup(group)
                ->ColumnChunk(columns_[needed_.front()].column.leaf)
                ->num_values();
  return rows;
}

}  // namespace assay::ingest
