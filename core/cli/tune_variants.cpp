#include "cli/tune_variants.h"

#include "execution/tune.h"
#include "results/reader.h"

namespace assay::cli {

bool tune_variants(const Workspace& workspace, const task::Experiment& experiment,
                   execution::Plan& plan, results::Database& database,
                   execution::Executor& executor, execution::RunSettings& settings) {
  std::vector<dataset::PreparedRef> data;
  for (const execution::PlannedData& each : plan.data) data.push_back(each.prepared);
  const execution::TuningContext context = workspace.tuning_context(experiment, data);
  auto searches = execution::tuning_searches(context, &database);
  if (searches.empty()) return true;
  if (!execution::tune(searches, plan, database, executor, settings, context.ask)) return false;
  plan = workspace.lay_out(experiment, data, &database);
  settings.memory.fits = plan_memory(plan, context.ask, results::Reader(database).artifacts());
  return true;
}

}  // namespace assay::cli
