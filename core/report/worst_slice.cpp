#include "report/worst_slice.h"

#include <fmt/core.h>

#include <algorithm>

#include "report/numbers.h"

namespace assay::report {

namespace {

bool is_of(const ComparisonRow& row, const std::string& variant, const std::string& dataset) {
  return row.variant == variant && row.dataset == dataset && row.difference &&
         row.n.value_or(0) >= kRequestsOfASlice;
}

/// nullptr where no slice is large enough.
const ComparisonRow* worst_of(const Comparison& comparison, const std::string& variant,
                              const std::string& dataset) {
  const double good = comparison.higher_is_better(comparison.metric.definition) ? 1.0 : -1.0;
  const ComparisonRow* worst = nullptr;
  for (const ComparisonRow& row : comparison.sliced) {
    if (!is_of(row, variant, dataset)) continue;
    if (worst == nullptr || good * *row.difference < good * *worst->difference) worst = &row;
  }
  return worst;
}

}  // namespace

std::vector<std::string> worst_slices(const Comparison& comparison) {
  std::vector<std::string> texts;
  for (const std::string& variant : comparison.variants) {
    for (const std::string& dataset : comparison.datasets) {
      const ComparisonRow* row = worst_of(comparison, variant, dataset);
      if (row == nullptr) continue;
      const std::string where = comparison.datasets.size() > 1 ? " on " + dataset : "";
      texts.push_back(fmt::format(
          "Worst slice of {}{}: {}, {}, n = {} (exploratory).", variant, where, row->slice,
          difference_text(*row->difference, row->ci_low, row->ci_high), thousands(*row->n)));
    }
  }
  return texts;
}

}  // namespace assay::report
