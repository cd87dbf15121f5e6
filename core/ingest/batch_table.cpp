#include "ingest/batch_table.h"

#include "error/error.h"
#include "ingest/text.h"

namespace assay::ingest {

BatchTable::BatchTable(const std::string& path, const char* unit, std::string header_place,
                       std::vector<std::string> names, int64_t lines_before,
                       std::unique_ptr<BatchSource> source)
    : Table(path, unit),
      header_place_(std::move(header_place)),
      source_(std::move(source)),
      first_line_(lines_before + 1) {
  set_names(std::move(names));
}

const ColumnBatch* BatchTable::next_batch() {
  if (!pipeline_) pipeline_.emplace(*source_);
  if (batch_) {
    if (batch_->bad)
      throw error::UserError(Origin{path_, first_line_ + batch_->bad_line, unit_}.text(),
                             *batch_->bad);
    first_line_ += batch_->lines;
  }
  batch_ = pipeline_->next();
  return batch_;
}

bool BatchTable::next() {
  while (!batch_ || ++in_batch_ >= batch_->rows) {
    if (!next_batch()) return false;
    in_batch_ = -1;
  }
  row_ = first_line_ + batch_->line_of(in_batch_);
  return true;
}

}  // namespace assay::ingest
