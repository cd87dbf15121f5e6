#include "ingest/atomic_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "error/error.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

const std::array<std::string, 4> kTypes = {"token", "float", "token_seq", "float_seq"};

AtomicColumn parse_column(std::string_view text, const std::string& where) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    throw error::UserError(
        where, fmt::format("the header has {}; expected name:type, such as user_id:token",
                           in_quotes(text)));
  }
  AtomicColumn column{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
  if (std::ranges::count(kTypes, column.type) == 0) {
    throw error::UserError(
        where, fmt::format("column {} has the type {}{}", column.name, in_quotes(column.type),
                           error::did_you_mean(column.type, kTypes)));
  }
  if (!text::is_utf8(column.name)) throw error::UserError(where, "the header is not UTF-8");
  return column;
}

}  // namespace

AtomicTable::AtomicTable(const std::string& path) : path_(path), lines_(TextFile(path)) {
  read_header();
}

void AtomicTable::read_header() {
  std::string_view line;
  if (!lines_.next(line))
    throw error::UserError(path_, "is empty; expected a header line, such as user_id:token");
  const std::string where = origin().text();
  std::vector<std::string_view> fields;
  split_fields(line, '\t', fields);
  for (std::string_view field : fields) {
    AtomicColumn column = parse_column(field, where);
    const int earlier = find(column.name);
    if (earlier >= 0) {
      throw error::UserError(where,
                             fmt::format("column {} occurs twice in the header (columns {} and {})",
                                         column.name, earlier + 1, columns_.size() + 1));
    }
    columns_.push_back(std::move(column));
  }
}

int AtomicTable::find(const std::string& name) const {
  const auto found = std::ranges::find(columns_, name, &AtomicColumn::name);
  return found == columns_.end() ? -1 : static_cast<int>(found - columns_.begin());
}

size_t AtomicTable::column(const std::string& name) const {
  const int place = find(name);
  if (place >= 0) return static_cast<size_t>(place);
  std::vector<std::string> names;
  for (const AtomicColumn& column : columns_) names.push_back(column.name);
  throw error::UserError(assay::ingest::place(path_, 1),
                         fmt::format("has no column {}{}", name, error::did_you_mean(name, names)));
}

bool AtomicTable::next(std::vector<std::string_view>& fields) {
  std::string_view line;
  if (!lines_.next(line)) return false;
  split_fields(line, '\t', fields);
  if (fields.size() != columns_.size()) {
    throw error::UserError(
        origin().text(),
        fmt::format("the row has {} fields, the header names {}; columns are separated by tabs",
                    fields.size(), columns_.size()));
  }
  return true;
}

}  // namespace assay::ingest
