#include "results/attack_table.h"

#include <array>

#include "error/error.h"
#include "results/cells.h"
#include "results/connection.h"
#include "results/tuning_table.h"

namespace assay::results {
namespace {

using Row = std::vector<Cell>;

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

int64_t variant_id(const Connection& connection, int64_t run_id, const std::string& name) {
  QueryRows rows =
      connection.rows("SELECT variant_id FROM variant WHERE run_id = ? AND name = ?", run_id, name);
  error::require(rows.next(), "a changed log is of a variant of its run");
  return rows.integer(0);
}

std::vector<Row> rows_of(const Reader& reader, int64_t run_id, const std::string& sql) {
  const std::array<Cell, 1> of{run_id};
  return reader.query(sql, of).rows;
}

AttackEffectRow effect_of(const Row& row, int64_t run_id) {
  AttackEffectRow out;
  out.run_id = run_id;
  out.variant = text(row[0]);
  out.dataset = text(row[1]);
  out.fold = text(row[2]);
  out.twin = text(row[3]);
  out.requests = integer(row[4]);
  out.hit_ratio = real(row[5]);
  out.twin_hit_ratio = real(row[6]);
  out.hit_shift = real(row[7]);
  out.ci_low = real(row[8]);
  out.ci_high = real(row[9]);
  out.targets_per_list = real(row[10]);
  out.twin_targets_per_list = real(row[11]);
  out.rank_shift = real(row[12]);
  out.prediction_shift = real(row[13]);
  out.scored = integer(row[14]);
  out.reason = text(row[15]);
  return out;
}

}  // namespace

void write_changed_log(const Database& database, const ChangedLogRow& row) {
  const Connection& connection = TuningTable::connection(database);
  connection.run("INSERT OR REPLACE INTO changed_log VALUES (?, ?, ?, ?)",
                 variant_id(connection, row.run_id, row.variant), unless_empty(row.perturb),
                 unless_empty(row.augment), unless_empty(row.twin));
}

void write_attack_target(const Database& database, const AttackTargetRow& row) {
  const Connection& connection = TuningTable::connection(database);
  connection.run("INSERT OR REPLACE INTO attack_target VALUES (?, ?, ?, ?, ?, ?)",
                 variant_id(connection, row.run_id, row.variant), row.dataset, row.fold,
                 row.position, row.item, row.id);
}

void write_attack_effect(const Database& database, const AttackEffectRow& row) {
  const Connection& connection = TuningTable::connection(database);
  connection.run(
      "INSERT OR REPLACE INTO attack_effect VALUES "
      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      variant_id(connection, row.run_id, row.variant), row.dataset, row.fold,
      unless_empty(row.twin), row.requests, row.hit_ratio, row.twin_hit_ratio, row.hit_shift,
      row.ci_low, row.ci_high, row.targets_per_list, row.twin_targets_per_list, row.rank_shift,
      row.prediction_shift, row.scored, unless_empty(row.reason));
}

std::vector<ChangedLogRow> changed_logs(const Reader& reader, int64_t run_id) {
  std::vector<ChangedLogRow> all;
  for (const Row& row : rows_of(reader, run_id,
                                "SELECT name, perturb, augment, twin FROM changed_log JOIN variant "
                                "USING (variant_id) WHERE run_id = ? ORDER BY position"))
    all.push_back({run_id, text(row[0]), text(row[1]), text(row[2]), text(row[3])});
  return all;
}

std::vector<AttackTargetRow> attack_targets(const Reader& reader, int64_t run_id) {
  std::vector<AttackTargetRow> all;
  for (const Row& row :
       rows_of(reader, run_id,
               "SELECT name, dataset, fold, t.position, item, id FROM attack_target AS t JOIN "
               "variant AS v USING (variant_id) WHERE run_id = ? "
               "ORDER BY v.position, dataset, fold, t.position"))
    all.push_back({run_id, text(row[0]), text(row[1]), text(row[2]),
                   static_cast<int>(integer(row[3])), integer(row[4]), text(row[5])});
  return all;
}

std::vector<AttackEffectRow> attack_effects(const Reader& reader, int64_t run_id) {
  std::vector<AttackEffectRow> all;
  for (const Row& row :
       rows_of(reader, run_id,
               "SELECT name, dataset, fold, twin, requests, hit_ratio, twin_hit_ratio, hit_shift, "
               "ci_low, ci_high, targets_per_list, twin_targets_per_list, rank_shift, "
               "prediction_shift, scored, reason FROM attack_effect JOIN variant AS v USING "
               "(variant_id) WHERE run_id = ? ORDER BY v.position, dataset, fold"))
    all.push_back(effect_of(row, run_id));
  return all;
}

}  // namespace assay::results
