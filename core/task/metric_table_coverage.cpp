#include "task/metric_table_parts.h"

namespace assay {

using enum MetricNeed;

std::vector<MetricInfo> coverage_metrics() {
  return {
      {.name = "item_coverage",
       .group = "coverage",
       .per_request = false,
       .unit = "share",
       .options = {{"catalogue", {"all"}, "all N items that the data set knows"}},
       .needs = {exposure},
       .formula = "items with c_i > 0 / N",
       .empty_case = kNoLists,
       .paper = "Ge et al. 2010"},
      {.name = "items_shown",
       .group = "coverage",
       .per_request = false,
       .unit = "items",
       .options = {},
       .needs = {exposure},
       .formula = "number of items with c_i > 0: item_coverage as a count",
       .empty_case = kNoLists,
       .paper = ""},
      {.name = "gini",
       .group = "coverage",
       .per_request = false,
       .higher_is_better = false,
       .unit = "index",
       .options = {{"catalogue",
                    {"all", "recommended"},
                    "all N items that the data set knows, or those with c_i > 0 (N is then their "
                    "number)"}},
       .needs = {exposure},
       .formula = "sum over i = 1 .. N of (2i - N - 1) c_i / (N sum of c), c ascending; 0 where "
                  "all are shown alike",
       .empty_case = kNoLists,
       .paper = "Gini 1912"},
      {.name = "shannon_entropy",
       .group = "coverage",
       .per_request = false,
       .unit = "bits",
       .options = {{"log",
                    {"2", "e", "N"},
                    "base of the logarithm: bits, nats, or the share of the most there can be"}},
       .needs = {exposure},
       .formula = "-sum of p log p, p = c_i / sum of c; also called distributional coverage",
       .empty_case = kNoLists,
       .paper = "Shannon 1948"},
      {.name = "concentration",
       .group = "coverage",
       .per_request = false,
       .higher_is_better = false,
       .unit = "share",
       .options = {{"top", {"1%", "5%", "10%", "20%"}, "of the catalogue, rounded up"}},
       .needs = {exposure},
       .formula = "sum of c over the items shown most / sum of c",
       .empty_case = kNoLists,
       .paper = ""},
      {.name = "user_coverage",
       .group = "coverage",
       .unit = "share",
       .options = {},
       .needs = {},
       .formula = "1 where the list holds an item, else 0",
       .empty_case = "never",
       .paper = "Ge et al. 2010"},
  };
}

}  // namespace assay
