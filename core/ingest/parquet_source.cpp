#include "ingest/parquet_source.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>

#include "ingest/text.h"
#include "text/listed.h"

namespace assay::ingest {
namespace {

constexpr int64_t kBatchRows = 1 << 14;

constexpr std::string_view kList = "a list";
constexpr std::string_view kUnreadInLists = "of a type that assay does not read within lists";

// A truth value as Spark, DuckDB and pandas name folders by it, or a number.
std::optional<double> number_of_folder(const std::string& value) {
  if (value == "true" || value == "True" || value == "TRUE") return 1;
  if (value == "false" || value == "False" || value == "FALSE") return 0;
  return parse_number(value);
}

/// The same value in each row.
void fill_constant(const std::optional<std::string>& value, int64_t rows, Use use,
                   const TimeReader& times, BatchColumn& column) {
  const auto count = static_cast<size_t>(rows);
  const std::optional<double> number =
      value && use == Use::number ? number_of_folder(*value) : std::nullopt;
  column.kind = number ? BatchColumn::Kind::numbers : BatchColumn::Kind::texts;
  if (number) return column.numbers.assign(count, *number);
  column.texts.assign(count, value ? std::string_view(*value) : std::string_view());
  narrow(column, use, times);
}

}  // namespace

ParquetSource::ParquetSource(std::string path, std::unique_ptr<parquet::arrow::FileReader> file,
                             size_t fields, std::vector<std::optional<std::string>> constants)
    : BatchSource(fields + constants.size()),
      path_(std::move(path)),
      file_(std::move(file)),
      constants_(std::move(constants)) {
  for (size_t i = 0; i < fields; ++i)
    fields_.push_back(parquet_column(*file_, static_cast<int>(i)));
}

int64_t ParquetSource::rows_expected() {
  return lists_ ? lists_->rows_expected() : file_->parquet_reader()->metadata()->num_rows();
}

std::optional<int64_t> ParquetSource::rows_known() const {
  return lists_ ? lists_->rows_known() : file_->parquet_reader()->metadata()->num_rows();
}

void ParquetSource::add_leaf(ParquetLeaf leaf) {
  auto reader = parquet_leaf(*file_, leaf.column, *leaf.type);
  leaves_.push_back({std::move(leaf), std::move(reader)});
  set_columns(first_leaf() + leaves_.size());
}

const std::string& ParquetSource::field_name(size_t field) const {
  return file_->manifest().schema_fields[field].field->name();
}

/// What is in a column's lists: none where it holds no list of values.
std::optional<ParquetLeaf> ParquetSource::element_at(int place) const {
  const auto at = static_cast<size_t>(place);
  if (at >= first_leaf()) {
    const ParquetLeaf& leaf = leaves_[at - first_leaf()].leaf;
    return leaf.lists == 1 ? std::optional(leaf) : std::nullopt;
  }
  if (at >= fields_.size() || !is_list_field(*file_, place)) return std::nullopt;
  std::vector<ParquetLeaf> leaves = leaves_of(*file_, place);
  const bool values =
      leaves.size() == 1 && leaves[0].lists == 1 && leaves[0].path == field_name(at);
  return values ? std::optional(std::move(leaves[0])) : std::nullopt;
}

// Of a column that names a user, an item, ...
void ParquetSource::check_element(int place) const {
  const auto at = static_cast<size_t>(place);
  if (element_at(place)) return;
  if (at >= first_leaf() && leaves_[at - first_leaf()].leaf.lists > 1)
    throw error::UserError(
        path_,
        fmt::format("{} lies in a list within a list; expected one value in each element of a list",
                    leaves_[at - first_leaf()].leaf.path));
  if (at >= fields_.size() || !is_list_field(*file_, place)) return;
  std::vector<std::string> within;
  for (const ParquetLeaf& leaf : leaves_of(*file_, place)) within.push_back(leaf.path);
  const std::string& name = field_name(at);
  throw error::UserError(
      path_, within.size() == 1 && within[0] == name
                 ? fmt::format("{} holds lists within lists; expected a list of values", name)
                 : fmt::format("{} holds lists of structs; name a value within them: {}", name,
                               text::first_of(within, 5)));
}

ParquetLists::Column ParquetSource::list_column(int place, bool needed) {
  const auto at = static_cast<size_t>(place);
  const bool is_leaf = at >= first_leaf();
  if (!is_leaf && at >= fields_.size()) return {.name = "", .needed = false};  // of a folder
  const std::string& name = is_leaf ? leaves_[at - first_leaf()].leaf.path : field_name(at);
  if (const std::optional<ParquetLeaf> element = element_at(place)) {
    if (!is_leaf)
      elements_.push_back({*element, parquet_leaf(*file_, element->column, *element->type)});
    ParquetColumnReader* reader =
        is_leaf ? leaves_[at - first_leaf()].reader.get() : elements_.back().reader.get();
    if (needed && !reader)
      throw error::UserError(
          path_, fmt::format("{} is {}, {}", name, element->type->ToString(), kUnreadInLists));
    return {name, reader, reader ? element->column : -1, needed, kUnreadInLists};
  }
  if (is_leaf) {
    const Leaf& leaf = leaves_[at - first_leaf()];
    return {.name = name,
            .reader = leaf.leaf.lists == 0 ? leaf.reader.get() : nullptr,
            .instead = leaf.leaf.lists == 0 ? kUnreadInLists : kList};
  }
  if (is_list_field(*file_, place)) return {.name = name, .instead = kList};
  return {.name = name, .reader = fields_[at].get()};
}

void ParquetSource::unnest(const std::vector<int>& columns) {
  const auto in_lists = [&](int place) { return element_at(place).has_value(); };
  for (const int place : columns) check_element(place);
  const auto first = std::ranges::find_if(columns, in_lists);
  if (first == columns.end()) return;
  std::vector<ParquetLists::Column> all;
  for (size_t place = 0; place < first_leaf() + leaves_.size(); ++place) {
    const auto at = static_cast<int>(place);
    all.push_back(list_column(at, in_lists(at) && std::ranges::count(columns, at) > 0));
  }
  lists_.emplace(path_, *file_->parquet_reader(), std::move(all), *first);
}

bool ParquetSource::fill(int64_t, ColumnBatch& batch) {
  return reading_parquet(path_, [&] {
    if (lists_) {
      if (!lists_->fill(
              batch, [this](size_t place) { return use_of(place); }, times()))
        return false;
      fill_constants(batch);
      return true;
    }
    batch.rows = batch.lines = next_rows();
    if (batch.rows == 0) return false;
    batch.columns.resize(first_leaf() + leaves_.size());
    for (size_t i = 0; i < fields_.size(); ++i) fill_column(i, fields_[i].get(), batch);
    fill_constants(batch);
    for (size_t i = 0; i < leaves_.size(); ++i) {
      const bool in_list = leaves_[i].leaf.lists > 0;
      fill_column(first_leaf() + i, in_list ? nullptr : leaves_[i].reader.get(), batch);
    }
    return true;
  });
}

void ParquetSource::fill_constants(ColumnBatch& batch) {
  for (size_t i = 0; i < constants_.size(); ++i) {
    const size_t place = fields_.size() + i;
    fill_constant(constants_[i], batch.rows, use_of(place), times(), batch.columns[place]);
  }
}

// Of a batch, which ends where its row group does; 0 at the end of the file.
int64_t ParquetSource::next_rows() {
  const parquet::FileMetaData& file = *file_->parquet_reader()->metadata();
  while (left_in_group_ == 0) {
    if (group_ + 1 >= file.num_row_groups()) return 0;
    left_in_group_ = file.RowGroup(++group_)->num_rows();
  }
  const int64_t rows = std::min(kBatchRows, left_in_group_);
  left_in_group_ -= rows;
  return rows;
}

void ParquetSource::fill_column(size_t place, ParquetColumnReader* reader, ColumnBatch& batch) {
  BatchColumn& column = batch.columns[place];
  column.kind = BatchColumn::Kind::unwanted;
  if (use_of(place) == Use::unwanted) return;
  if (!reader) {
    column.kind = BatchColumn::Kind::cells;
    column.cells.assign(static_cast<size_t>(batch.rows), {Cell::Kind::other, kList});
    return;
  }
  reader->read(group_, batch.rows, use_of(place), column);
  narrow(column, use_of(place), times());
}

}  // namespace assay::ingest
