#include "results/migration.h"

#include <fmt/core.h>

#include <vector>

#include "error/error.h"
#include "results/migrate.h"
#include "results/schema.h"

namespace assay::results {
namespace {

void drop_views(const Connection& connection) {
  std::vector<std::string> names;
  {
    QueryRows rows = connection.rows("SELECT name FROM main.sqlite_schema WHERE type = 'view'");
    while (rows.next()) names.push_back(rows.text(0));
  }
  for (const std::string& name : names) connection.exec("DROP VIEW \"" + name + "\"");
}

void require_whole_references(const Connection& connection, const Migration& step) {
  QueryRows rows =
      connection.rows("SELECT \"table\", \"parent\" FROM pragma_foreign_key_check LIMIT 1");
  if (!rows.next()) return;
  throw error::InternalError(fmt::format("the migration that {} leaves rows of {} without their {}",
                                         step.what, rows.text(0), rows.text(1)));
}

void take_step(const Connection& connection, const Migration& step, size_t version) {
  connection.transaction([&] {
    // Another process may have taken it while this one waited for the write lock.
    if (connection.pragma("user_version") >= static_cast<int64_t>(version)) return;
    drop_views(connection);
    connection.exec(step.sql);
    connection.exec(kViews);
    require_whole_references(connection, step);
    connection.exec(fmt::format("PRAGMA user_version = {}", version));
  });
}

}  // namespace

std::span<const Migration> migrations() {
  static const std::vector<Migration> steps = {
      {"makes the first schema", std::string(kSchemaV1Runs) + kSchemaV1Trials + kSchemaV1Analysis},
      {"adds data_description", kSchemaDataDescription},
      {"adds load_count, and how variants are hosted", kSchemaLoad},
      {"adds labels of users and items", kSchemaLabels},
      {"tells folds apart in data_source, audit and data_removed", kSchemaDataFolds},
      {"adds stage_list and explanation", kSchemaStageSample},
      {"keeps outside ids of requests some at a time", kSchemaRequestUsers},
      {"gives every run the counts of its own timing pass", ""},  // the view load_counts
      {"adds plugin_state", kSchemaPluginState},
      {"adds fit_curve, fit_value and the memory of a fit", kSchemaFitCurve},
      {"adds unknown_request", kSchemaUnknownRequests},
      {"adds what disturbed a timed round", kSchemaDisturbance},
      {"keeps the rules of a run's verdicts, and what is known of looks at its test windows",
       kSchemaJudgement},
      {"adds tuning, tuning_trial and run_tuning", kSchemaTuning},
      {"keeps which process makes a run", kSchemaRunProcess},
      {"adds variant_policy, policy_input and policy_value", kSchemaPolicy},
      {"adds policy_truth and world", kSchemaPolicyTruth},
      {"adds changed_log, attack_target and attack_effect", kSchemaAttack},
      {"adds attribution, attribution_mix and attribution_value", kSchemaAttribution},
      {"adds self_check", kSchemaSelfCheck},
      {"adds list_without, request_profile and names of explained features", kSchemaExplained},
      {"adds weights of embeddings, and how policies lie over a log", kSchemaPolicyOverlap},
      {"adds columns of models that depend on the policy", kSchemaPolicyModels},
      {"adds loop_day", kSchemaLoop},
  };
  return steps;
}

void migrate(const Connection& connection, std::span<const Migration> steps) {
  const auto version = static_cast<size_t>(connection.pragma("user_version"));
  if (version >= steps.size()) return;
  // A step may rebuild a table that others refer to; references are checked before it commits
  // instead.
  connection.exec("PRAGMA foreign_keys = OFF");
  for (size_t done = version; done < steps.size(); ++done) {
    error::with_context(fmt::format("while bringing {} to schema {}", connection.path(), done + 1),
                        [&] { take_step(connection, steps[done], done + 1); });
  }
  connection.exec("PRAGMA foreign_keys = ON");
}

}  // namespace assay::results
