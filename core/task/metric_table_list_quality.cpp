#include "task/metric_table_parts.h"

namespace assay {

using enum MetricNeed;

std::vector<MetricInfo> list_quality_metrics() {
  return {
      {.name = "short_list",
       .group = "list_quality",
       .higher_is_better = false,
       .unit = "share",
       .options = {},
       .needs = {},
       .formula = "1 where the list has fewer than k items, else 0",
       .empty_case = "never",
       .paper = ""},
      {.name = "unfilled",
       .group = "list_quality",
       .higher_is_better = false,
       .unit = "share",
       .options = {},
       .needs = {},
       .formula = "places of the first k without an item / k",
       .empty_case = "never",
       .paper = ""},
      {.name = "repeats",
       .group = "list_quality",
       .higher_is_better = false,
       .unit = "share",
       .options = {},
       .needs = {history},
       .formula = "items of the first k that the history holds / items of the first k",
       .empty_case = kEmptyList,
       .paper = ""},
  };
}

}  // namespace assay
