#include "report/analyse.h"

#include "report/analysis.h"

namespace assay {

AnalysisSettings analysis_settings(const Experiment& experiment) {
  return {experiment.compare, experiment.metrics, experiment.seed};
}

void analyse(Database& database, std::int64_t run_id, const AnalysisSettings& settings) {
  const report::Analysis analysis = report::analyse_run(Reader(database), run_id, settings);
  database.transaction([&] {
    for (const SummaryRow& row : analysis.summaries) database.write(row);
    for (const ComparisonRow& row : analysis.comparisons) database.write(row);
    for (const LatencyRow& row : analysis.latencies) database.write(row);
    database.summarise_catalogue(run_id);
  });
}

}  // namespace assay
