#include "results/self_check_table.h"

#include <array>

#include "results/cells.h"
#include "results/connection.h"
#include "results/tuning_table.h"

namespace assay::results {
std::vector<SelfCheckRow> self_checks(const Reader& reader, int64_t run_id) {
  const std::array<Cell, 1> of{run_id};
  const QueryAnswer found = reader.query(
      "SELECT c.prepared_hash, definition, cutoff, check_name, result, found, expected, tolerance, "
      "requests, detail, d.dataset FROM self_check AS c JOIN data_source AS d USING (run_id, "
      "prepared_hash) WHERE run_id = ? ORDER BY d.dataset, CAST(d.fold AS INTEGER), definition, "
      "cutoff, instr('ideal chance itself twice different', check_name)",
      of);
  std::vector<SelfCheckRow> all;
  for (const auto& row : found.rows) {
    SelfCheckRow out;
    out.prepared_hash = text(row[0]);
    out.definition = text(row[1]);
    out.cutoff = static_cast<int>(std::get<int64_t>(row[2]));
    out.check = text(row[3]);
    out.result = task::parse<SelfCheckRow::Result>(text(row[4])).value();
    out.found = real(row[5]);
    out.expected = real(row[6]);
    out.tolerance = real(row[7]);
    out.requests = std::get<int64_t>(row[8]);
    out.detail = text(row[9]);
    out.dataset = text(row[10]);
    all.push_back(std::move(out));
  }
  return all;
}

void inherit_self_checks(const Database& database, int64_t run_id) {
  TuningTable::connection(database).run(
      "INSERT OR IGNORE INTO self_check "
      "SELECT ?1, c.prepared_hash, c.definition, c.cutoff, c.check_name, c.result, c.found, "
      "c.expected, c.tolerance, c.requests, c.detail FROM self_check AS c "
      "JOIN run AS r ON r.run_id = c.run_id JOIN run AS own ON own.run_id = ?1 "
      "WHERE c.run_id < ?1 AND r.assay_version IS own.assay_version "
      "AND r.build_type IS own.build_type AND r.compiler IS own.compiler "
      "AND c.prepared_hash IN (SELECT prepared_hash FROM data_source WHERE run_id = ?1) "
      // what failed is looked at again
      "AND NOT EXISTS (SELECT 1 FROM self_check AS f WHERE f.run_id < ?1 "
      "AND f.prepared_hash = c.prepared_hash AND f.definition = c.definition "
      "AND f.cutoff = c.cutoff AND f.result = 'fails') ORDER BY c.run_id DESC",
      run_id);
}

}  // namespace assay::results
