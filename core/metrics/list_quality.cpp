/// Whether a list is what was asked for: filled, and not what the user had already.

#include <algorithm>
#include <limits>

#include "metrics/list_metric.h"

namespace assay::metrics {
namespace {

double unfilled(const ListView& list) {
  return 1 - static_cast<double>(list.items.size()) / static_cast<double>(list.cutoff);
}

double repeats(const ListView& list) {
  const auto had = std::ranges::count_if(
      list.items, [&](int64_t item) { return std::ranges::count(list.history, item) > 0; });
  return static_cast<double>(had) / static_cast<double>(list.items.size());  // 0 / 0 is NaN
}

constexpr ListMetric kRows[] = {
    {"user_coverage",
     [](const DefinitionText&, const MetricData&) -> ListFunction {
       return [](const ListView& list) { return list.items.empty() ? 0.0 : 1.0; };
     }},
    {"short_list",
     [](const DefinitionText&, const MetricData&) -> ListFunction {
       return [](const ListView& list) { return unfilled(list) > 0 ? 1.0 : 0.0; };
     }},
    {"unfilled", [](const DefinitionText&, const MetricData&) -> ListFunction { return unfilled; }},
    {"repeats", [](const DefinitionText&, const MetricData&) -> ListFunction { return repeats; }},
};

}  // namespace

std::span<const ListMetric> list_quality_rows() { return kRows; }

}  // namespace assay::metrics
