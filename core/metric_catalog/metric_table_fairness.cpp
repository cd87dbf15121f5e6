#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {
namespace {

using enum MetricNeed;

const char kNoGroups[] =
    "no list has an item, or the data set has no such item feature with categories";
const char kFewGroups[] = "fewer than two groups that are large enough";

MetricOption least(const char* of_what) { return {"least", {"10", "1", "30", "100"}, of_what}; }

MetricOption user_groups() {
  return {"by",
          {},
          "the user feature; a user with several values is in each group, one without a value is "
          "left out"};
}

MetricOption quality() {
  return {
      "quality", {"recall", "ndcg", "hit_rate"}, "quality of a list, in the default definition"};
}

// Of the lists themselves: who got what, and whether it was wanted.
std::vector<MetricInfo> of_lists() {
  return {
      {.name = "item_opportunity_gap",
       .group = "fairness",
       .per_request = false,
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "share",
       .options = {item_feature(), least("groups with fewer relevant items are left out")},
       .needs = {truth, lists, feature},
       .formula =
           "largest - smallest over groups of items of hits in the first k / relevant items, "
           "an item of several groups shared equally among them: the gap in equal "
           "opportunity",
       .empty_case = kFewGroups,
       .paper = "Hardt et al. 2016"},
      {.name = "user_group_gap",
       .group = "fairness",
       .per_request = false,
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "share",
       .options = {user_groups(), quality(), least("groups with fewer requests are left out")},
       .needs = {truth, lists, user_feature},
       .formula = "largest - smallest over groups of users of the mean quality of their lists; of "
                  "recall the gap in equal opportunity",
       .empty_case = kFewGroups,
       .paper = "Ekstrand et al. 2018; Hardt et al. 2016"},
      {.name = "worst_user_group",
       .group = "fairness",
       .per_request = false,
       .by_name_only = true,
       .unit = "share",
       .options = {user_groups(), quality(), least("groups with fewer requests are left out")},
       .needs = {truth, lists, user_feature},
       .formula = "smallest over groups of users of the mean quality of their lists",
       .empty_case = "no group that is large enough",
       .paper = "Rawls 1971; Ekstrand et al. 2018"},
      {.name = "user_group_exposure",
       .group = "fairness",
       .per_request = false,
       .higher_is_better = std::nullopt,
       .by_name_only = true,
       .unit = "share",
       .options = {user_groups(), least("groups with fewer non-empty lists are left out")},
       .needs = {lists, user_feature},
       .formula = "largest over groups of users of half the sum over items of |share of the items "
                  "shown to the group - share of the items shown to all|",
       .empty_case = "no group that is large enough",
       .paper = "Singh and Joachims 2018"},
  };
}

}  // namespace

std::vector<MetricInfo> fairness_metrics() {
  std::vector<MetricInfo> all = {
      {.name = "exposure_disparity",
       .group = "fairness",
       .per_request = false,
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "share",
       .options = {item_feature()},
       .needs = {exposure, feature},
       .formula = "half the sum over groups of |e - s|, e the group's share of the shown items, s "
                  "its share of the catalogue; an item of several groups is shared equally among "
                  "them, one without a group left out",
       .empty_case = kNoGroups,
       .paper = "Singh and Joachims 2018"},
      {.name = "worst_group_exposure",
       .group = "fairness",
       .per_request = false,
       .by_name_only = true,
       .unit = "ratio",
       .options = {item_feature()},
       .needs = {exposure, feature},
       .formula = "the smallest e / s over the groups that have an item: 1 if each is shown in "
                  "proportion to its share of the catalogue, 0 if one is never shown",
       .empty_case = kNoGroups,
       .paper = "Singh and Joachims 2018"},
  };
  for (MetricInfo& info : of_lists()) all.push_back(std::move(info));
  return all;
}

}  // namespace assay::metric_catalog
