#include "ingest/feature_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "error/error.h"
#include "ingest/text.h"
#include "ingest/times.h"
#include "text/thousands.h"

namespace assay::ingest {

void FeatureRows::begin(std::string_view text, const Origin& origin) {
  if (text.empty()) throw error::UserError(origin.text(), id_column_ + " is empty");
  const auto id = static_cast<size_t>(
      pseudonyms_ == nullptr ? ids_->add(text) : ids_->add(pseudonyms_->name(of_, text)));
  if (id >= row_of_.size()) row_of_.resize(id + 1, -1);
  if (row_of_[id] >= 0) {
    throw error::UserError(
        origin.text(), fmt::format("{} occurs twice in this file (first in {} {})", in_quotes(text),
                                   origin.unit ? origin.unit : "line", lines_[row_of_[id]]));
  }
  row_of_[id] = static_cast<int32_t>(lines_.size());
  lines_.push_back(origin.line);
}

void FeatureRows::add_time(const Cell& cell, const std::string& column, const TimeReader& times,
                           const Origin& origin) {
  times_are_dated_ = times_are_dated_ || is_dated(cell);
  known_since_us.push_back(times.time_of(cell, column, origin));
}

void FeatureRows::finish_times(const std::string& column, const TimeReader& times,
                               const std::string& path) {
  times.check_unit(known_since_us, column, path);
  if (times.may_be_days() && !times_are_dated_) read_compact_dates(known_since_us, column, path);
}

dataset::FeatureCoverage FeatureRows::coverage(const std::string& of, const std::string& path,
                                               int64_t log_ids) const {
  dataset::FeatureCoverage out{.of = of,
                               .file = std::filesystem::path(path).filename().string(),
                               .ids = log_ids,
                               .rows = std::ssize(lines_)};
  if (out.rows == 0)
    throw error::UserError(path, fmt::format("has no row; expected one per {}", of));
  const dataset::TextColumn& ids = ids_->texts();
  std::vector<std::string> of_log;
  for (int64_t id = 0; id < ids.size(); ++id) {
    const bool has_row = id < std::ssize(row_of_) && row_of_[id] >= 0;
    const bool in_log = id < log_ids;
    if (in_log && of_log.size() < dataset::kFirstIds) of_log.emplace_back(ids[id]);
    if (in_log == has_row) continue;
    std::vector<std::string>& first = in_log ? out.first_without : out.first_unknown;
    if (first.size() < dataset::kFirstIds) first.emplace_back(ids[id]);
    ++(in_log ? out.without : out.unknown);
  }
  if (log_ids == 0 || out.without < log_ids) return out;
  throw error::UserError(
      path, fmt::format("none of its {} ids is {} {} of the log; {} has {}, the log {}; name the "
                        "file and the column with the ids of the log",
                        text::thousands(out.rows), of == "user" ? "a" : "an", of, id_column_,
                        dataset::first_ids(out.first_unknown, out.unknown),
                        dataset::first_ids(of_log, log_ids)));
}

void FeatureRows::add_to(dataset::EntityTable& table) && {
  const auto rows = static_cast<size_t>(table.ids.size());
  row_of_.resize(rows, -1);
  for (FeatureBuilder& column : columns)
    table.features.push_back(std::move(column).finish(row_of_));
  table.listed.resize(rows, 0);
  for (size_t id = 0; id < rows; ++id) {
    if (row_of_[id] >= 0) table.listed[id] = 1;
  }
  if (known_since_us.empty()) return;
  table.known_since_us.resize(rows, -1);
  for (size_t id = 0; id < rows; ++id) {
    if (row_of_[id] >= 0)
      table.known_since_us[id] = std::max(table.known_since_us[id], known_since_us[row_of_[id]]);
  }
}

}  // namespace assay::ingest
