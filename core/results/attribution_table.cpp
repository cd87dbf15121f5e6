#include "results/attribution_table.h"

#include <array>
#include <nlohmann/json.hpp>

#include "results/connection.h"
#include "results/tuning_table.h"

namespace assay::results {
namespace {

std::string text(const Cell& cell) { return std::get<std::string>(cell); }

std::optional<double> real(const Cell& cell) {
  const auto* const number = std::get_if<double>(&cell);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

nlohmann::json parts_json(const std::vector<AttributionPart>& parts) {
  nlohmann::json all = nlohmann::json::array();
  for (const AttributionPart& part : parts)
    all.push_back({{"name", part.name}, {"from", part.from}, {"to", part.to}});
  return all;
}

std::vector<AttributionPart> parts_of(const std::string& json) {
  std::vector<AttributionPart> parts;
  for (const nlohmann::json& part : nlohmann::json::parse(json))
    parts.push_back({part.at("name"), part.at("from"), part.at("to")});
  return parts;
}

AttributionValueRow value_of(int64_t run_id, const std::vector<Cell>& row) {
  AttributionValueRow value;
  value.run_id = run_id;
  value.dataset = text(row[0]);
  value.definition = text(row[1]);
  value.cutoff = static_cast<int>(std::get<int64_t>(row[2]));
  value.of = task::parse<AttributionOf>(text(row[3])).value();
  value.name = text(row[4]);
  value.position = static_cast<int>(std::get<int64_t>(row[5]));
  value.value = real(row[6]);
  value.ci_low = real(row[7]);
  value.ci_high = real(row[8]);
  value.first = real(row[9]);
  value.last = real(row[10]);
  value.from_mean = real(row[11]);
  value.noise_floor = real(row[12]);
  value.n = std::get<int64_t>(row[13]);
  value.method = text(row[14]);
  value.reason = text(row[15]);
  return value;
}

}  // namespace

void write_attribution(const Database& database, const AttributionRow& row) {
  const Connection& connection = TuningTable::connection(database);
  connection.run(
      "INSERT INTO attribution (run_id, of_run, attribution_key, from_variant, to_variant, parts, "
      "notes) VALUES (?, ?, ?, ?, ?, ?, ?)",
      row.run_id, row.of_run, row.key, row.from, row.to, parts_json(row.parts).dump(),
      nlohmann::json(row.notes).dump());
  for (size_t mask = 0; mask < row.mixes.size(); ++mask) {
    connection.run("INSERT INTO attribution_mix (run_id, mask, variant) VALUES (?, ?, ?)",
                   row.run_id, static_cast<int64_t>(mask), row.mixes[mask]);
  }
}

void write_attribution_value(const Database& database, const AttributionValueRow& row) {
  TuningTable::connection(database).run(
      "INSERT OR REPLACE INTO attribution_value (run_id, dataset, definition, cutoff, kind, name, "
      "position, value, ci_low, ci_high, first, last, from_mean, noise_floor, n, method, reason) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.run_id, row.dataset, row.definition, row.cutoff, task::name_of(row.of), row.name,
      row.position, row.value, row.ci_low, row.ci_high, row.first, row.last, row.from_mean,
      row.noise_floor, row.n, row.method, row.reason);
}

std::optional<AttributionRow> attribution_of(const Reader& reader, int64_t run_id) {
  const std::array<Cell, 1> parameters{run_id};
  const auto rows = reader
                        .query(
                            "SELECT of_run, attribution_key, from_variant, to_variant, parts, "
                            "notes FROM attribution WHERE run_id = ?",
                            parameters)
                        .rows;
  if (rows.empty()) return std::nullopt;
  const std::vector<Cell>& row = rows.front();
  AttributionRow out{.run_id = run_id,
                     .of_run = std::get<int64_t>(row[0]),
                     .key = text(row[1]),
                     .from = text(row[2]),
                     .to = text(row[3]),
                     .parts = parts_of(text(row[4])),
                     .mixes = {},
                     .notes = nlohmann::json::parse(text(row[5]))};
  for (const auto& mix :
       reader
           .query("SELECT variant FROM attribution_mix WHERE run_id = ? ORDER BY mask", parameters)
           .rows)
    out.mixes.push_back(text(mix[0]));
  return out;
}

std::set<int64_t> attribution_runs(const Reader& reader) {
  std::set<int64_t> runs;
  for (const auto& row : reader.query("SELECT run_id FROM attribution").rows)
    runs.insert(std::get<int64_t>(row[0]));
  return runs;
}

std::optional<int64_t> ended_attribution(const Reader& reader, const std::string& key) {
  const std::array<Cell, 1> parameters{key};
  const auto rows = reader
                        .query(
                            "SELECT run_id FROM attribution JOIN run USING (run_id) WHERE "
                            "attribution_key = ? AND status = 'done' AND run_id IN (SELECT run_id "
                            "FROM attribution_value) ORDER BY run_id DESC LIMIT 1",
                            parameters)
                        .rows;
  if (rows.empty()) return std::nullopt;
  return std::get<int64_t>(rows[0][0]);
}

std::vector<AttributionValueRow> attribution_values(const Reader& reader, int64_t run_id) {
  const std::array<Cell, 1> parameters{run_id};
  std::vector<AttributionValueRow> values;
  for (const auto& row :
       reader
           .query("SELECT dataset, definition, cutoff, kind, name, position, value, ci_low, "
                  "ci_high, first, last, from_mean, noise_floor, n, method, reason FROM "
                  "attribution_value WHERE run_id = ? ORDER BY value_id",
                  parameters)
           .rows)
    values.push_back(value_of(run_id, row));
  return values;
}

}  // namespace assay::results
