#include "results/explained_table.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "results/connection.h"
#include "results/tuning_table.h"

namespace assay::results {
namespace {

constexpr char kBetween[] = ", ";  // between the names in a note

void append(const Cell& cell, std::vector<int32_t>& to) {
  const std::string& bytes = std::get<Blob>(cell).bytes;
  const size_t before = to.size();
  to.resize(before + bytes.size() / sizeof(int32_t));
  if (!bytes.empty()) std::memcpy(to.data() + before, bytes.data(), bytes.size());
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> names;
  size_t from = 0;
  while (from <= text.size()) {
    const size_t to = std::min(text.find(kBetween, from), text.size());
    names.push_back(text.substr(from, to - from));
    from = to + sizeof kBetween - 1;
  }
  return names;
}

}  // namespace

ListsWithout lists_without(const Reader& reader, const std::string& trial_key) {
  const Cell parameters[] = {trial_key};
  const QueryAnswer answer = reader.query(
      "SELECT size, w.requests, left_out, items FROM list_without AS w JOIN shard AS s "
      "USING (shard_id) WHERE w.trial_key = ? ORDER BY s.first_request",
      parameters);
  ListsWithout out;
  for (const auto& row : answer.rows) {
    out.size = static_cast<int>(std::get<int64_t>(row[0]));
    append(row[1], out.requests);
    append(row[2], out.left_out);
    append(row[3], out.items);
  }
  return out;
}

std::map<std::string, std::vector<std::string>> explained_features(const Reader& reader,
                                                                   const std::string& trial_key) {
  const Cell parameters[] = {trial_key};
  std::map<std::string, std::vector<std::string>> names;
  for (const auto& row : reader
                             .query("SELECT place, value FROM trial_artifact JOIN note USING "
                                    "(artifact_key) WHERE trial_key = ? AND key = 'inputs'",
                                    parameters)
                             .rows)
    names[std::get<std::string>(row[0])] = split(std::get<std::string>(row[1]));
  for (const auto& row :
       reader
           .query("SELECT place, names FROM explanation WHERE trial_key = ? AND names IS NOT NULL",
                  parameters)
           .rows)
    names[std::get<std::string>(row[0])] =
        nlohmann::json::parse(std::get<std::string>(row[1])).get<std::vector<std::string>>();
  return names;
}

void write_profile(const Database& database, const RequestProfileRow& row) {
  TuningTable::connection(database).run("INSERT OR IGNORE INTO request_profile VALUES (?, ?, ?)",
                                        row.prepared_hash, row.request, row.profile);
}

std::optional<std::string> request_profile(const Reader& reader, const std::string& request_set,
                                           int64_t request) {
  const Cell parameters[] = {request_set, request};
  const QueryAnswer answer = reader.query(
      "SELECT profile FROM request_profile JOIN request_set USING (prepared_hash) "
      "WHERE request_set = ? AND request = ?",
      parameters);
  if (answer.rows.empty()) return std::nullopt;
  return std::get<std::string>(answer.rows[0][0]);
}

}  // namespace assay::results
