#pragma once

#include <string>

#include "execution/plan.h"
#include "results/reader.h"

namespace assay::execution {

/// The trial of a plan that a stored one is, by its names; nullptr where the plan has none.
const PlannedTrial* find_planned(const Plan& plan, const results::RunTrial& trial);

/// How a stored trial is run again.
struct Repetition {
  std::string obstacle;  ///< why it cannot be run as it was; empty: it can
  std::string key;       ///< what it is called now
  std::string note;      ///< in what it is another all the same
};

Repetition repetition_of(const results::Reader& reader, const Plan& plan,
                         const results::RunTrial& trial);

}  // namespace assay::execution
