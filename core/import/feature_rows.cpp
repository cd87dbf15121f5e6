#include "import/feature_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "import/text.h"

namespace assay {

void FeatureRows::begin(std::string_view text, const Origin& origin) {
  if (text.empty()) throw UserError(origin.text(), id_column_ + " is empty");
  const auto id = static_cast<size_t>(ids_->add(text));
  if (id >= row_of_.size()) row_of_.resize(id + 1, -1);
  if (row_of_[id] >= 0) {
    throw UserError(origin.text(),
                    fmt::format("{} stands twice in this file (first in {} {})", in_quotes(text),
                                origin.unit ? origin.unit : "line", lines_[row_of_[id]]));
  }
  row_of_[id] = static_cast<int32_t>(lines_.size());
  lines_.push_back(origin.line);
}

void FeatureRows::add_to(EntityTable& table) && {
  const auto rows = static_cast<size_t>(table.ids.size());
  row_of_.resize(rows, -1);
  for (FeatureBuilder& column : columns) {
    for (const FeatureColumn& other : table.features) {
      if (other.name != column.name()) continue;
      throw UserError(fmt::format("the feature {} stands in two files", other.name));
    }
    table.features.push_back(std::move(column).finish(row_of_));
  }
  table.listed.resize(rows, 0);
  for (size_t id = 0; id < rows; ++id) {
    if (row_of_[id] >= 0) table.listed[id] = 1;
  }
  if (known_since.empty()) return;
  table.known_since.resize(rows, -1);
  for (size_t id = 0; id < rows; ++id) {
    if (row_of_[id] >= 0)
      table.known_since[id] = std::max(table.known_since[id], known_since[row_of_[id]]);
  }
}

}  // namespace assay
