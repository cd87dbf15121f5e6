#pragma once

/// What variants earned, and showed, on the days of a loop.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/database.h"
#include "results/reader.h"

namespace assay::results {

/// One measure of a variant on a day. Key: run, variant, data set, day, measure.
struct LoopDayRow {
  int64_t run_id = 0;
  std::string variant, dataset;
  int day = 0;          ///< from 1; 0: all days together
  std::string measure;  ///< clicks, coverage, gini, diversity
  int64_t requests = 0;
  std::optional<double> value;                        ///< mean over seeds
  std::optional<double> difference, ci_low, ci_high;  ///< to the baseline; none of itself
  std::string reason;                                 ///< why there is no value, or no difference
};

/// After its variant. Replaces a row of the same key.
void write_loop_day(const Database& database, const LoopDayRow& row);
/// By data set, measure, variant in the order of the file, day.
std::vector<LoopDayRow> loop_days(const Reader& reader, int64_t run_id);

}  // namespace assay::results
