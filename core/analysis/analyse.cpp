#include "analysis/analyse.h"

#include "analysis/analysis.h"
#include "analysis/recorded_rows.h"

namespace assay {

AnalysisSettings analysis_settings(const Experiment& experiment) {
  return {experiment.compare, experiment.metrics, experiment.seed};
}

void analyse(Database& database, std::int64_t run_id, const AnalysisSettings& settings) {
  const Reader reader(database);
  const report::Analysis analysis = report::analyse_run(reader, run_id, settings);
  database.transaction([&] {
    for (const SummaryRow& row : analysis.summaries) database.write(row);
    for (const ComparisonRow& row : analysis.comparisons) database.write(row);
    for (const LatencyRow& row : analysis.latencies) database.write(row);
    database.summarise_catalogue(run_id);
    for (const SummaryRow& row : report::without_incomplete(
             report::recorded_summaries(reader, run_id), report::RunSamples(reader, run_id))) {
      database.write(row);
    }
  });
}

}  // namespace assay
