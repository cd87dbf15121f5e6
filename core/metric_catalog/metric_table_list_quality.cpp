#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {

using enum MetricNeed;

namespace {

const char kNoBaseline[] = "the baseline itself, and variants with other requests";

MetricInfo of_baseline(const char* name, const char* formula, const char* empty_case,
                       const char* paper) {
  return {.name = name,
          .group = "list_quality",
          .higher_is_better = std::nullopt,
          .unit = "share",
          .options = {},
          .needs = {baseline},
          .formula = formula,
          .empty_case = std::string(kNoBaseline) + "; a request " + empty_case,
          .paper = paper};
}

// Of the first k of a variant and the first k of the baseline for the same request.
std::vector<MetricInfo> agreement_with_baseline() {
  std::vector<MetricInfo> all = {
      of_baseline("baseline_overlap",
                  "items in the first k of both / items of the longer of the two",
                  "for which both lists are empty", ""),
      of_baseline(
          "baseline_rbo",
          "rank-biased overlap, extrapolated: shared items of the first d of both / d, weighted by "
          "p^(d - 1), assuming that the agreement at the end of the lists continues",
          "with an empty list", "Webber et al. 2010, equation 32"),
      of_baseline("baseline_kendall",
                  "Kendall's tau over the items in the first k of both, in [-1, 1]",
                  "with fewer than two such items", "Kendall 1938"),
      of_baseline("baseline_kendall_distance",
                  "Kendall's distance of two top-k lists with penalty p, divided by that of lists "
                  "without a common item: the number of pairs in different order, where an item "
                  "missing from a list ranks after all of its items; a pair that is in one list "
                  "and missing from the other has no known order and counts p",
                  "with an empty list", "Fagin et al. 2003"),
  };
  all[1].options = {{"p",
                     {"0.9", "0.8", "0.95", "0.98"},
                     "probability that the user continues to the next rank"}};
  all[2].unit = "correlation";
  all[3].options = {{"penalty",
                     {"0.5", "0"},
                     "penalty p of a pair without a known order: neutral, or optimistic"}};
  return all;
}

}  // namespace

std::vector<MetricInfo> list_quality_metrics() {
  std::vector<MetricInfo> all = {
      {.name = "short_list",
       .group = "list_quality",
       .higher_is_better = false,
       .unit = "share",
       .options = {},
       .needs = {},
       .formula = "1 if the list has fewer than k items, else 0",
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
       .formula = "items of the first k that are in the history / items of the first k",
       .empty_case = kEmptyList,
       .paper = ""},
  };
  for (MetricInfo& info : agreement_with_baseline()) all.push_back(std::move(info));
  return all;
}

}  // namespace assay::metric_catalog
