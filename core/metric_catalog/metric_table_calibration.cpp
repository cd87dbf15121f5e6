#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {

using enum MetricNeed;

std::vector<MetricInfo> calibration_metrics() {
  return {
      {.name = "miscalibration",
       .group = "calibration",
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "nats",
       .options = {item_feature(),
                   {"measure",
                    {"kl", "js"},
                    "Kullback-Leibler of the history p from the list q smoothed to 0.99 q + 0.01 "
                    "p, or Jensen-Shannon of p and q"},
                   rank_weight()},
       .needs = {feature, history},
       .formula = "divergence of the categories of the first k from those of the history, each "
                  "item shared equally among its own categories",
       .empty_case = "a request whose history or list has no item with a category",
       .paper = "Steck 2018"},
  };
}

}  // namespace assay::metric_catalog
