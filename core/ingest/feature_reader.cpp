#include "ingest/feature_reader.h"

#include <fmt/format.h>

#include "error/error.h"

namespace assay::ingest {

FeatureReader::FeatureReader(EventBuilder& events, const std::map<std::string, FeatureRows>& own,
                             std::string time_column, const dataset::Pseudonyms* pseudonyms)
    : events_(events), time_column_(std::move(time_column)), pseudonyms_(pseudonyms) {
  for (const char* of : {"user", "item"}) {
    const auto found = own.find(of);
    log_ids_[of] = found == own.end() ? ids(of).size() : found->second.ids_before();
  }
}

dataset::Interner& FeatureReader::ids(const std::string& of) {
  return of == "user" ? events_.users() : events_.items();
}

void FeatureReader::add_own(const std::string& of, const std::string& path, FeatureRows rows) {
  coverage_.push_back(rows.coverage(of, path, log_ids_[of]));
  for (const FeatureBuilder& column : rows.columns) taken_[{of, column.name()}] = path;
  rows_.emplace_back(of, std::move(rows));
}

void FeatureReader::read(const task::FeatureFileSpec& spec, const TableFormat& format) {
  for (const auto& [column, type] : spec.columns) check_new(spec, column);
  add_own(spec.of, spec.path,
          read_feature_file(spec, format, ids(spec.of), time_column_, events_.time_reader(),
                            pseudonyms_));
}

void FeatureReader::check_new(const task::FeatureFileSpec& spec, const std::string& column) const {
  const auto other = taken_.find({spec.of, column});
  if (other == taken_.end()) return;
  throw error::UserError(spec.where,
                         fmt::format("the {} feature {} comes from {} and from {}; remove it from "
                                     "the columns of one of them, or rename it in its file",
                                     spec.of, column, spec.path, other->second));
}

std::vector<dataset::FeatureCoverage> FeatureReader::finish(dataset::Dataset& data) && {
  for (auto& [of, rows] : rows_) std::move(rows).add_to(of == "user" ? data.users : data.items);
  return std::move(coverage_);
}

}  // namespace assay::ingest
