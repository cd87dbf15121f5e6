#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {
namespace {

using enum MetricNeed;

MetricOption relevance() {
  return {"relevance", {"no", "yes"}, "every item, or hits only (others count 0)"};
}

}  // namespace

std::vector<MetricInfo> novelty_metrics() {
  return {
      {.name = "novelty",
       .group = "novelty",
       .unit = "bits",
       .options = {{"share",
                    {"pairs", "users"},
                    "of all T (user, item) pairs, or of the U users (mean inverse user frequency, "
                    "MIUF)"},
                   {"unseen",
                    {"skip", "add_one"},
                    "items without users in the training window: left out of the mean, or every "
                    "count increased by one"}},
       .needs = {counts},
       .formula =
           "mean over the first k of -log2(t_i / T); with add_one -log2((t_i + 1) / (T + N)), or "
           "-log2((t_i + 1) / (U + 1)) of users",
       .empty_case = "a request whose list has no item from the training window",
       .paper = "Vargas and Castells 2011"},
      {.name = "pooled_novelty",
       .group = "novelty",
       .per_request = false,
       .by_name_only = true,
       .unit = "bits",
       .options = {{"unseen",
                    {"skip", "add_one"},
                    "items without users in the training window: left out, or every count "
                    "increased by one"}},
       .needs = {exposure, training},
       .formula = "sum of -c_i log2(t_i / T) / sum of c: novelty over everything shown; with "
                  "add_one -log2((t_i + 1) / (T + N))",
       .empty_case = "no list has an item from the training window",
       .paper = "Vargas and Castells 2011"},
      {.name = "epc",
       .group = "novelty",
       .unit = "share",
       .options = {rank_weight(), relevance()},
       .needs = {truth, counts},
       .formula = "expected popularity complement: weighted mean over the first k of 1 - t_i / U",
       .empty_case = "a request with an empty list; for hits: one without a relevant item",
       .paper = "Vargas and Castells 2011"},
      {.name = "efd",
       .group = "novelty",
       .unit = "bits",
       .options = {rank_weight(), relevance()},
       .needs = {truth, counts},
       .formula = "expected free discovery: weighted mean over the first k of -log2(t_i / T), "
                  "without items that have no users",
       .empty_case = "a request whose list has no item from the training window; for hits: one "
                     "without a relevant item",
       .paper = "Vargas and Castells 2011"},
      {.name = "serendipity",
       .group = "novelty",
       .unit = "share",
       .options =
           {{"surprise",
             {"cooccurrence", "cosine", "rank_dense", "rank_unique", "not_popular"},
             "surprise of a hit: 1 - its mean similarity to the history (as in unexpectedness, or "
             "by a vector feature); the difference between its rank r' by popularity and its rank "
             "r in the list, max((r' - r) / N, 0), where items of equal count share a rank or are "
             "ordered by id, and items without users are last; 1 unless it is among the k most "
             "popular items that are not in the history"},
            {"of", {}, "the item feature; for cosine only"}},
       .needs = {truth, counts, cooccurrence, history},
       .formula = "sum over hits in the first k of the surprise / items in the first k",
       .empty_case = "a request without a relevant item or with an empty list; for cooccurrence "
                     "and cosine: with an empty history",
       .paper = "Murakami et al. 2007; Ge et al. 2010"},
  };
}

}  // namespace assay::metric_catalog
