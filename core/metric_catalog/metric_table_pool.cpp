#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {
namespace {

using enum MetricNeed;

const char kSources[] = "every recall source, recall[0], ..., if there are several";

MetricInfo of_stages(const char* name, const char* formula, const char* measured_at,
                     const char* empty_case) {
  return {.name = name,
          .group = "pool",
          .unit = "share",
          .options = {},
          .needs = {truth, stages},
          .formula = formula,
          .empty_case = empty_case,
          .paper = "",
          .measured_at = measured_at};
}

}  // namespace

std::vector<MetricInfo> pool_metrics() {
  std::vector<MetricInfo> all = {
      of_stages("recall_ceiling",
                "relevant items in the complete output of the stage / R: an upper bound of the "
                "recall of later stages",
                "every stage before the served list", kNoRelevant),
      of_stages("kept", "relevant items in the output of the stage / relevant items in its input",
                "every stage after recall, and the served list",
                "a request without a relevant item in the input of the stage"),
      of_stages("lost",
                "relevant items in the input of the stage and not in its output / R; the input of "
                "recall has all R",
                "every stage but single sources", kNoRelevant),
      of_stages("source_only", "relevant items that only this source retrieved / R", kSources,
                kNoRelevant),
      of_stages("source_share",
                "items of the list that the source retrieved / items of the list; an item of "
                "several sources is shared equally among them",
                kSources, "a request whose list (or whose hits) are empty"),
      of_stages(
          "source_overlap",
          "mean over pairs of sources of items that both retrieved / items that either retrieved",
          "recall, if there are several sources",
          "a request for which no source, or only one, retrieved an item")};
  all[2].higher_is_better = false;
  all[4].higher_is_better = all[5].higher_is_better = std::nullopt;
  all[4].options = {{"list",
                     {"served", "candidates", "hits"},
                     "the served list, the merged candidates, or the relevant items served"}};
  all[5].options = {
      {"per", {"either", "smaller"}, "divide by all items of the two, or by those of the smaller"}};
  return all;
}

}  // namespace assay::metric_catalog
