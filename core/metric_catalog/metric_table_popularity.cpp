#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {

using enum MetricNeed;

std::vector<MetricInfo> popularity_metrics() {
  return {
      {.name = "average_popularity",
       .group = "popularity",
       .higher_is_better = false,
       .unit = "users",
       .options = {},
       .needs = {counts},
       .formula = "mean over the first k of t_i",
       .empty_case = kEmptyList,
       .paper = "Yin et al. 2012"},
      {.name = "pooled_popularity",
       .group = "popularity",
       .per_request = false,
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "users",
       .options = {},
       .needs = {exposure, training},
       .formula = "sum of c_i t_i / sum of c: average_popularity over everything shown",
       .empty_case = kNoLists,
       .paper = "Yin et al. 2012"},
      {.name = "popularity_lift",
       .group = "popularity",
       .higher_is_better = false,
       .unit = "ratio",
       .options = {},
       .needs = {counts, history},
       .formula = "mean over the first k of t_i / mean over the history of t_i - 1",
       .empty_case = "a request with an empty list or without a history in the training window",
       .paper = "Abdollahpouri et al. 2019"},
      {.name = "long_tail_share",
       .group = "popularity",
       .unit = "share",
       .options = {head()},
       .needs = {counts},
       .formula = "items of the first k outside of the head / items of the first k",
       .empty_case = kEmptyList,
       .paper = "Abdollahpouri et al. 2017"},
  };
}

}  // namespace assay::metric_catalog
