#include "results/self_check_table.h"

#include <array>

namespace assay::results {
namespace {

std::string text(const Cell& cell) {
  const auto* const found = std::get_if<std::string>(&cell);
  return found ? *found : "";
}

std::optional<double> real(const Cell& cell) {
  if (const auto* const number = std::get_if<double>(&cell)) return *number;
  return std::nullopt;
}

}  // namespace

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

}  // namespace assay::results
