#include "results/loop_table.h"

#include <array>

#include "error/error.h"
#include "results/cells.h"
#include "results/connection.h"
#include "results/tuning_table.h"

namespace assay::results {

void write_loop_day(const Database& database, const LoopDayRow& row) {
  const Connection& connection = TuningTable::connection(database);
  QueryRows of = connection.rows("SELECT variant_id FROM variant WHERE run_id = ? AND name = ?",
                                 row.run_id, row.variant);
  error::require(of.next(), "a day of a loop is of a variant of its run");
  connection.run("INSERT OR REPLACE INTO loop_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 of.integer(0), row.dataset, row.day, row.measure, row.requests, row.value,
                 row.difference, row.ci_low, row.ci_high,
                 row.reason.empty() ? std::nullopt : std::optional(row.reason));
}

std::vector<LoopDayRow> loop_days(const Reader& reader, int64_t run_id) {
  std::vector<LoopDayRow> all;
  const std::array<Cell, 1> of{run_id};
  for (const std::vector<Cell>& row :
       reader
           .query("SELECT name, dataset, day, measure, requests, value, difference, ci_low, "
                  "ci_high, reason FROM loop_day JOIN variant AS v USING (variant_id) "
                  "WHERE run_id = ? ORDER BY dataset, measure, v.position, day",
                  of)
           .rows)
    all.push_back({run_id, text(row[0]), text(row[1]), static_cast<int>(integer(row[2])),
                   text(row[3]), integer(row[4]), real(row[5]), real(row[6]), real(row[7]),
                   real(row[8]), text(row[9])});
  return all;
}

}  // namespace assay::results
