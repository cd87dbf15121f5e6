#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {
namespace {

using enum MetricNeed;

const char kSources[] = "every recall source, recall[0], ..., where there are several";

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
                "relevant items among everything that the stage hands on / R: what no later stage "
                "can exceed",
                "every stage before what is served", kNoRelevant),
      of_stages("kept", "relevant items that leave the stage / those that entered it",
                "every stage behind recall, and what is served",
                "a request of which no relevant item entered the stage"),
      of_stages("lost",
                "relevant items that entered the stage and do not leave it / R; all R enter recall",
                "every stage but single sources", kNoRelevant),
      of_stages("source_only", "relevant items that this source alone brought / R", kSources,
                kNoRelevant),
      of_stages("source_share",
                "items of the list that the source brought / items of the list; what several "
                "sources brought is shared equally among them",
                kSources, "a request whose list (or whose hits) hold no item"),
      of_stages("source_overlap",
                "mean over pairs of sources of items that both brought / items that either brought",
                "recall, where there are several sources",
                "a request for which no source, or only one, brought an item")};
  all[2].higher_is_better = false;
  all[4].higher_is_better = all[5].higher_is_better = std::nullopt;
  all[4].options = {{"list",
                     {"served", "candidates", "hits"},
                     "what is served, the merged candidates, or the relevant items served"}};
  all[5].options = {
      {"per", {"either", "smaller"}, "divide by all items of the two, or by those of the smaller"}};
  return all;
}

}  // namespace assay::metric_catalog
