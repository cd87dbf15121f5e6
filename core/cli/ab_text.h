#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ab/metric_test.h"
#include "ab/result.h"
#include "cli/listing.h"

namespace assay::cli {

/// What is shown of a test.
struct AbReport {
  std::string path;
  const ab::Design& design;
  const ab::Gathered& gathered;
  ab::Result result;
  std::optional<double> effect;   ///< of the primary metric, whose cost in units is wanted
  ab::UnitsNeeded needed;         ///< for it, an arm
  std::vector<std::string> both;  ///< of a replay: the same units served by both, a sentence an arm
};

/// Arms and whether they are as meant, a sentence an arm, a table of metrics, what CUPED, priors,
/// slices and days have to say. Numbers are unrounded in JSON and CSV. Ends with a line end.
std::string ab_text(const AbReport& report, OutputFormat format);

/// The units that a test needs, from those that are in none yet: `report.result` is empty.
std::string ab_plan_text(const AbReport& report, OutputFormat format);

}  // namespace assay::cli
