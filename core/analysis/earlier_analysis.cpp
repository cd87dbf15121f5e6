#include "analysis/earlier_analysis.h"

#include <fmt/format.h>

#include <array>
#include <ranges>

#include "analysis/recorded_rows.h"
#include "results/attack_table.h"
#include "results/loop_table.h"
#include "results/policy_table.h"

namespace assay::analysis {
namespace {

// What is asked of whom: everything of a run that its analysis depends on, a text for each row.
std::vector<std::string> subject_of(const results::Reader& reader, int64_t run_id) {
  constexpr const char* kParts[] = {
      "SELECT json_array(v.name, v.position, v.is_baseline, v.serving, v.chain, dataset, fold, "
      "seed, trial_key) FROM run_trial JOIN variant AS v USING (variant_id) WHERE v.run_id = ? "
      "ORDER BY v.position, dataset, fold, seed",
      "SELECT json_array(v.name, plugin, kind, p.so_sha256, optimised) FROM plugin_state AS p "
      "LEFT JOIN variant AS v USING (variant_id) WHERE p.run_id = ? "
      "ORDER BY v.position, kind, plugin, p.so_sha256",
      "SELECT json_array(v.name, policy) FROM variant_policy JOIN variant AS v USING (variant_id) "
      "WHERE v.run_id = ? ORDER BY v.position",
      "SELECT json_array(v.name, perturb, augment, twin) FROM changed_log JOIN variant AS v USING "
      "(variant_id) WHERE v.run_id = ? ORDER BY v.position"};
  const std::array<results::Cell, 1> run{run_id};
  std::vector<std::string> texts;
  for (const char* part : kParts) {
    for (const auto& row : reader.query(part, run).rows)
      texts.push_back(std::get<std::string>(row.at(0)));
  }
  return texts;
}

template <typename Row>
std::vector<Row> of_run(std::vector<Row> rows, int64_t run_id) {
  for (Row& row : rows) row.run_id = run_id;
  return rows;
}

}  // namespace

std::string stored_state(const results::Reader& reader) {
  const auto rows =
      reader
          .query(
              "SELECT (SELECT coalesce(max(rowid), 0) FROM part WHERE kind <> 'self_check'), "
              "(SELECT count(*) FROM latency)",
              {})
          .rows;
  return fmt::format("{} parts, {} rounds", std::get<int64_t>(rows.at(0).at(0)),
                     std::get<int64_t>(rows.at(0).at(1)));
}

std::optional<Analysis> earlier_analysis(const results::Reader& reader, int64_t run_id,
                                         const std::string& judged_by) {
  const auto subject = subject_of(reader, run_id);
  for (const results::RunInfo& run : std::views::reverse(reader.runs())) {
    const int64_t id = run.run_id;
    if (id >= run_id || run.row.judged_by != judged_by || subject_of(reader, id) != subject)
      continue;
    return Analysis{of_run(recorded_summaries(reader, id), run_id),
                    of_run(recorded_comparisons(reader, id), run_id),
                    of_run(recorded_latencies(reader, id), run_id),
                    of_run(results::policy_values(reader, id), run_id),
                    of_run(results::attack_effects(reader, id), run_id),
                    of_run(results::loop_days(reader, id), run_id)};
  }
  return std::nullopt;
}

}  // namespace assay::analysis
