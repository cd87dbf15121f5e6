#include "results/stored_array.h"

#include <fmt/core.h>

#include "error/error.h"
#include "results/blob_cell.h"
#include "results/reader.h"

namespace assay::results {
namespace {

/// The row that holds a BLOB, in the file that has it: a joined run reads those of several.
struct Place {
  std::string schema;
  int64_t rowid = 0;
};

std::vector<std::string> joined_files(const Reader& reader) {
  std::vector<std::string> names;
  for (const auto& row : reader
                             .query("SELECT name FROM pragma_database_list WHERE name NOT IN "
                                    "('main', 'temp') ORDER BY seq")
                             .rows) {
    names.push_back(std::get<std::string>(row[0]));
  }
  return names;
}

std::optional<Place> find_in(const Reader& reader, const std::string& schema, const char* table,
                             const char* where, std::span<const Cell> key) {
  const QueryAnswer found =
      reader.query(fmt::format("SELECT rowid FROM {}.{} WHERE {}", schema, table, where), key);
  if (found.rows.empty()) return std::nullopt;
  return Place{schema, std::get<int64_t>(found.rows[0][0])};
}

std::optional<Place> find(const Reader& reader, const char* table, const char* where,
                          std::span<const Cell> key) {
  std::optional<Place> place = find_in(reader, "main", table, where, key);
  if (place) return place;
  for (const std::string& schema : joined_files(reader)) {
    place = find_in(reader, schema, table, where, key);
    if (place) break;
  }
  return place;
}

StoredBytes open(const Connection& connection, const Place& place, const char* table,
                 const char* column) {
  return StoredBytes(std::make_shared<const BlobCell>(connection, place.schema, table, column,
                                                      place.rowid, BlobCell::For::reading));
}

}  // namespace

int64_t StoredBytes::bytes() const { return cell_->bytes(); }

void StoredBytes::read(int64_t first, std::span<std::byte> out) const {
  if (!out.empty()) cell_->read(first, out);
}

StoredArray<float> Reader::stored_values(const std::string& trial_key,
                                         const StageMetric& at) const {
  const std::array<Cell, 4> key{trial_key, at.stage, at.definition, int64_t{at.cutoff}};
  const auto place = find(*this, "request_value",
                          "trial_key = ? AND stage = ? AND definition = ? AND cutoff = ?", key);
  if (place)
    return StoredArray<float>(open(*database_.connection_, *place, "request_value", "data"));
  throw error::UserError(database_.path(),
                         fmt::format("trial {} has no values a request of {}@{} at "
                                     "stage {}",
                                     trial_key, at.definition, at.cutoff, at.stage));
}

StoredBytes Reader::stored_of_requests(const std::string& request_set, const char* column) const {
  const std::array<Cell, 1> key{request_set};
  const auto place = find(*this, "request_set", "request_set = ?", key);
  if (place) return open(*database_.connection_, *place, "request_set", column);
  throw error::UserError(database_.path(),
                         "there is no request set " + request_set + " in this file");
}

bool Reader::has_request_set(const std::string& request_set) const {
  const std::array<Cell, 1> key{request_set};
  return find(*this, "request_set", "request_set = ?", key).has_value();
}

StoredArray<int32_t> Reader::stored_users(const std::string& request_set) const {
  return StoredArray<int32_t>(stored_of_requests(request_set, "users"));
}

StoredArray<int64_t> Reader::stored_times(const std::string& request_set) const {
  return StoredArray<int64_t>(stored_of_requests(request_set, "times"));
}

StoredLists Reader::stored_truth(const std::string& request_set) const {
  return {StoredArray<int64_t>(stored_of_requests(request_set, "truth_offsets")),
          StoredArray<int32_t>(stored_of_requests(request_set, "truth_items"))};
}

std::optional<StoredLabels> Reader::stored_user_labels(const std::string& request_set,
                                                       const std::string& cut) const {
  const std::array<Cell, 2> key{request_set, cut};
  const QueryAnswer labels = query(
      "SELECT prepared_hash, l.value FROM user_label JOIN request_set USING (prepared_hash), "
      "json_each(labels) AS l WHERE request_set = ? AND cut = ? ORDER BY l.key",
      key);
  if (labels.rows.empty()) return std::nullopt;
  const std::array<Cell, 2> of_data{labels.rows[0][0], cut};
  const auto place = find(*this, "user_label", "prepared_hash = ? AND cut = ?", of_data);
  error::require(place.has_value(), "labels that are listed are there");
  const Connection& connection = *database_.connection_;
  StoredLabels stored{{},
                      StoredArray<int64_t>(open(connection, *place, "user_label", "offsets")),
                      StoredArray<int32_t>(open(connection, *place, "user_label", "codes"))};
  for (const auto& row : labels.rows) stored.labels.push_back(std::get<std::string>(row[1]));
  return stored;
}

}  // namespace assay::results
