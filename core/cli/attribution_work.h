#pragma once

#include <string>
#include <vector>

#include "analysis/analyse.h"
#include "cli/workspace.h"
#include "results/attribution_table.h"

namespace assay::cli {

/// Which difference is to be divided, and how.
struct AttributionQuestion {
  std::string from, to;           ///< variants of the run
  bool by_source = false;         ///< each recall source is a part of its own
  std::string dataset;            ///< of the experiment; empty: all
  std::vector<std::string> data;  ///< folders of the data, as in read_recorded
  bool with_times = true;         ///< p99 too, where the run was timed
};

/// What it takes.
struct AttributionWork {
  execution::Plan plan;         ///< trials of all mixed pipelines
  results::AttributionRow row;  ///< run_id is not known yet
  analysis::AnalysisSettings settings;
  std::string without_times;  ///< why p99 is not divided; empty: it is
};

/// Lays out the pipelines between two variants of a run, over the experiment that the run keeps.
/// Beside the primary metric a measure of diversity is divided: the run's first, or
/// intra_list_distance.
/// @param folder  where the configuration is written to be read
/// Throws UserError: variants that the run does not have (near names), that failed or were not
/// finished, or were given other data or requests; what mix_variants and read_recorded refuse.
AttributionWork plan_attribution(const Workspace& workspace, const results::Database& database,
                                 const results::RunInfo& run, const std::string& folder,
                                 const AttributionQuestion& question);

}  // namespace assay::cli
