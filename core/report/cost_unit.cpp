#include "report/cost_unit.h"

#include "analysis/fit_cost.h"

namespace assay::report {

std::string with_cost_unit(const std::string& text, const results::ComparisonRow& row) {
  if (!analysis::is_fit_cost(row.definition)) return text;
  return text + " " + analysis::fit_cost_metric(row.definition).unit;
}

}  // namespace assay::report
