#include "task/metric_table_parts.h"

namespace assay {
namespace {

using enum MetricNeed;

const char kNoGroups[] =
    "no list holds an item, or the data set has no such item feature with categories";

}  // namespace

std::vector<MetricInfo> fairness_metrics() {
  return {
      {.name = "exposure_disparity",
       .group = "fairness",
       .per_request = false,
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "share",
       .options = {item_feature()},
       .needs = {exposure, feature},
       .formula = "half the sum over groups of |e - s|, e the share of what is shown, s the share "
                  "of the catalogue that belongs to the group; an item of several groups is shared "
                  "equally among them, one of none left out",
       .empty_case = kNoGroups,
       .paper = "Singh and Joachims 2018"},
      {.name = "worst_group_exposure",
       .group = "fairness",
       .per_request = false,
       .by_name_only = true,
       .unit = "ratio",
       .options = {item_feature()},
       .needs = {exposure, feature},
       .formula = "the smallest e / s over the groups that have an item: 1 where each is shown as "
                  "its share of the catalogue, 0 where one is never shown",
       .empty_case = kNoGroups,
       .paper = "Singh and Joachims 2018"},
  };
}

}  // namespace assay
