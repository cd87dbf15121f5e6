#include "report/smallest_difference.h"

#include <cmath>

#include "analysis/judged_by.h"
#include "analysis/metric_name.h"

namespace assay::report {

bool is_of_interest(const Comparison& comparison, const results::ComparisonRow& row) {
  if (!row.difference) return false;
  if (const auto judged = analysis::judged_settings(comparison.run.info.row.judged_by)) {
    const auto& smallest = judged->compare.smallest_differences;
    const std::string name = comparison.metric_name(row.definition);
    for (const std::string& called : {analysis::metric_text(name, row.cutoff), name}) {
      const auto found = smallest.find(called);
      if (found != smallest.end()) return std::abs(*row.difference) >= found->second;
    }
  }
  return !row.relative || std::abs(*row.relative) >= kSmallestOfInterest;
}

}  // namespace assay::report
