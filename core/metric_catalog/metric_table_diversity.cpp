#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {
namespace {

using enum MetricNeed;

const char kNoCategory[] = "a request whose list has no item with a category";
const char kNoRelevantCategory[] = "a request without a relevant item that has a category";

std::vector<MetricInfo> of_categories() {
  return {
      {.name = "category_coverage",
       .group = "diversity",
       .by_name_only = true,
       .unit = "share",
       .options = {item_feature()},
       .needs = {feature},
       .formula = "different categories of the first k / all categories of the feature",
       .empty_case = kNoCategory,
       .paper = ""},
      {.name = "category_entropy",
       .group = "diversity",
       .by_name_only = true,
       .unit = "bits",
       .options = {item_feature(), {"log", {"2", "e"}, "base of the logarithm: bits or nats"}},
       .needs = {feature},
       .formula = "-sum of p log p over categories, each item of the first k shared equally among "
                  "its own",
       .empty_case = kNoCategory,
       .paper = "Shannon 1948"},
      {.name = "subtopic_recall",
       .group = "diversity",
       .by_name_only = true,
       .unit = "share",
       .options = {item_feature()},
       .needs = {truth, feature},
       .formula = "different categories of the hits in the first k / those of all relevant items",
       .empty_case = kNoRelevantCategory,
       .paper = "Zhai et al. 2003"},
      {.name = "alpha_ndcg",
       .group = "diversity",
       .by_name_only = true,
       .unit = "share",
       .options = {item_feature(),
                   {"alpha", {"0.5", "0.1", "0.9"}, "penalty of a repeated category"}},
       .needs = {truth, feature},
       .formula = "sum over hits of (sum over the hit's categories of (1 - alpha)^(earlier hits "
                  "with it)) / log2(r + 1), divided by that of the relevant items in greedy order",
       .empty_case = kNoRelevantCategory,
       .paper = "Clarke et al. 2008"},
  };
}

}  // namespace

std::vector<MetricInfo> diversity_metrics() {
  std::vector<MetricInfo> all = {
      {.name = "intra_list_distance",
       .group = "diversity",
       .unit = "distance",
       .options = {{"distance",
                    {"cooccurrence", "cosine", "jaccard", "hamming", "hamming_share"},
                    "between two items: 1 - |users with both| / sqrt(users of one · users of the "
                    "other); 1 - cosine of "
                    "a vector feature; 1 - shared / all categories, the number of categories that "
                    "only one has, or that number / all categories of the feature, of a "
                    "set feature"},
                   {"of", {}, "the item feature; not for cooccurrence"},
                   {"single", {"skip", "zero"}, "lists with one item: no value, or 0"}},
       .needs = {cooccurrence},
       .formula = "mean distance over all pairs of items in the first k; an item whose vector is "
                  "missing or zero, or whose set is empty, is left out; an item without users is "
                  "at distance 1 (cooccurrence)",
       .empty_case = "a request whose list has fewer than two items that can be compared",
       .paper = "Ziegler et al. 2005"}};
  for (MetricInfo& info : of_categories()) all.push_back(std::move(info));
  all.push_back({.name = "personalisation",
                 .group = "diversity",
                 .per_request = false,
                 .unit = "share",
                 .options = {{"similarity",
                              {"shared", "cosine"},
                              "similarity of two non-empty lists: shared items / k, or shared "
                              "items / sqrt(items of one · items of the other)"}},
                 .needs = {exposure},
                 .formula = "1 - mean over all pairs of the L lists of their similarity; of shared "
                            "1 - sum of c_i (c_i - 1) / (L (L - 1) k)",
                 .empty_case = "fewer than two lists, or no list has an item",
                 .paper = "Zhou et al. 2010"});
  all.push_back({.name = "unexpectedness",
                 .group = "diversity",
                 .unit = "distance",
                 .options = {},
                 .needs = {cooccurrence, history},
                 .formula = "mean over the first k of 1 - the mean over the history of |users with "
                            "both| / sqrt(users of one · users of the other)",
                 .empty_case = "a request with an empty list or an empty history",
                 .paper = "Kaminskas and Bridge 2016"});
  return all;
}

}  // namespace assay::metric_catalog
