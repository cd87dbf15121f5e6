#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "report/run_samples.h"
#include "results/analysis_rows.h"

namespace assay::report {

/// Whether a column of values belongs to the run that is analysed.
using WantedColumn = std::function<bool(const StageMetric&)>;

/// The line of one column: mean over requests of the values averaged over seeds, Student's t
/// interval over requests (over users, where users ask several times), sd over seeds.
/// A request counts where every seed has data for it.
/// @param users  as repeating_users gives them
SummaryRow summarise(const RunSamples& samples, const TrialGroup& group, const StageMetric& at,
                     std::span<const std::int32_t> users, double alpha);

/// The same of values at hand, of a part of the group's requests say.
/// @param by_seed, users  in the same order of requests
SummaryRow summarise_values(const TrialGroup& group, const StageMetric& at,
                            const SeedValues& by_seed, std::span<const std::int32_t> users,
                            double alpha);

/// The lines of every complete group and wanted column, in the order of groups and columns.
std::vector<SummaryRow> summarise_all(const RunSamples& samples, const WantedColumn& wanted,
                                      double alpha);

}  // namespace assay::report
