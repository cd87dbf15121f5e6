#include "analysis/analyse.h"

#include "analysis/analysis.h"
#include "analysis/earlier_analysis.h"
#include "analysis/fit_cost.h"
#include "analysis/judged_by.h"
#include "analysis/recorded_rows.h"
#include "results/attack_table.h"
#include "results/loop_table.h"
#include "results/policy_table.h"
#include "task/off_policy_spec.h"

namespace assay::analysis {

AnalysisSettings analysis_settings(const task::Experiment& experiment) {
  AnalysisSettings settings{experiment.compare, experiment.metrics, experiment.seed};
  if (experiment.off_policy) {
    settings.estimators = experiment.off_policy->estimators;
    settings.estimator_parameters = experiment.off_policy->parameters;
  }
  return settings;
}

void analyse(results::Database& database, int64_t run_id, const AnalysisSettings& settings) {
  const results::Reader reader(database);
  const std::string judged_by = judged_by_text(settings, stored_state(reader));
  const std::optional<Analysis> earlier = earlier_analysis(reader, run_id, judged_by);
  const Analysis analysis = earlier ? *earlier : analyse_run(reader, run_id, settings);
  database.transaction([&] {
    for (const task::GuardrailSpec& guardrail : settings.compare.guardrails) {
      if (is_fit_cost(guardrail.metric)) database.write(fit_cost_metric(guardrail.metric));
    }
    for (const results::SummaryRow& row : analysis.summaries) database.write(row);
    for (const results::ComparisonRow& row : analysis.comparisons) database.write(row);
    for (const results::LatencyRow& row : analysis.latencies) database.write(row);
    for (const results::PolicyValueRow& row : analysis.policies)
      results::write_policy_value(database, row);
    for (const results::AttackEffectRow& row : analysis.attacks)
      results::write_attack_effect(database, row);
    for (const results::LoopDayRow& row : analysis.loop) results::write_loop_day(database, row);
    database.judged(run_id, judged_by);
    database.summarise_catalogue(run_id);
    for (const results::SummaryRow& row : analysis::without_incomplete(
             analysis::recorded_summaries(reader, run_id), analysis::RunSamples(reader, run_id))) {
      database.write(row);
    }
  });
}

}  // namespace assay::analysis
