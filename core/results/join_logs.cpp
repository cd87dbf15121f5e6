#include "results/join_logs.h"

#include <fmt/format.h>

#include "results/join_sql.h"

namespace assay::results {

void copy_changed_log(const Connection& into, const JoinedFrom& from, int64_t run_id,
                      const std::pair<std::string, std::string>& variant,
                      const std::map<std::string, std::string>& datasets) {
  const auto& [name, shown] = variant;
  const std::string of =
      fmt::format("(SELECT variant_id FROM {}.variant WHERE run_id = ? AND name = ?)", from.schema);
  const std::string own = "(SELECT variant_id FROM main.variant WHERE run_id = ? AND name = ?)";
  // Variants of one file stand together, a million places each.
  const std::string twin = fmt::format(
      "(SELECT v.name FROM main.variant AS v JOIN main.run_trial AS t USING (variant_id) WHERE "
      "t.trial_key IN (SELECT trial_key FROM {0}.run_trial AS r JOIN {0}.variant AS w USING "
      "(variant_id) WHERE w.run_id = ? AND w.name = c.twin) ORDER BY v.position / 1000000 = {1} "
      "DESC, v.position LIMIT 1)",
      from.schema, from.place);
  execute(into,
          fmt::format("INSERT INTO main.changed_log SELECT {}, perturb, augment, {} FROM "
                      "{}.changed_log AS c WHERE variant_id = {}",
                      own, twin, from.schema, of),
          run_id, shown, from.run_id, from.run_id, name);
  for (const auto& [dataset, shown_dataset] : datasets)
    execute(into,
            fmt::format("INSERT INTO main.attack_target SELECT {}, ?, fold, position, item, id "
                        "FROM {}.attack_target WHERE variant_id = {} AND dataset = ?",
                        own, from.schema, of),
            run_id, shown, shown_dataset, from.run_id, name, dataset);
}

void copy_self_checks(const Connection& into, const JoinedFrom& from, int64_t run_id,
                      const std::string& dataset) {
  const std::string rows = fmt::format(
      "SELECT ?, prepared_hash, definition, cutoff, check_name, result, found, expected, "
      "tolerance, requests, detail FROM {0}.self_check AS c WHERE run_id = ? AND prepared_hash IN "
      "(SELECT prepared_hash FROM {0}.data_source AS d WHERE d.run_id = c.run_id AND dataset = ?)",
      from.schema);
  execute(into, "INSERT OR IGNORE INTO main.self_check " + rows, run_id, from.run_id, dataset);
  execute(into, "INSERT OR REPLACE INTO main.self_check " + rows + " AND result = 'fails'", run_id,
          from.run_id, dataset);
}

}  // namespace assay::results
