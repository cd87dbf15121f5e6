#include "task/metric_definition.h"

namespace assay {
namespace {

using enum MetricNeed;

const char kNoRelevant[] = "a request without a relevant item";
const char kEmptyList[] = "a request with an empty list";
const char kNoLists[] = "no list holds an item";

const MetricOption kUnseen = {"unseen",
                              {"skip", "add_one"},
                              "items that nobody has in the training window: left out of the mean, "
                              "or every count taken one higher"};

std::vector<MetricInfo> accuracy() {
  return {
      {.name = "recall",
       .group = "accuracy",
       .unit = "share",
       .options = {{"den", {"R", "min(R,k)"}, "what the hits are divided by"}},
       .needs = {truth},
       .formula = "hits in the first k / den",
       .empty_case = kNoRelevant,
       .paper = ""},
      {.name = "precision",
       .group = "accuracy",
       .unit = "share",
       .options = {{"den", {"k"}, "shorter lists are divided by k as well"}},
       .needs = {truth},
       .formula = "hits in the first k / k",
       .empty_case = kNoRelevant,
       .paper = ""},
      {.name = "ndcg",
       .group = "accuracy",
       .unit = "share",
       .options = {{"gain", {"binary"}, "what a relevant item counts"},
                   {"discount",
                    {"log2(r+1)", "max(1,log2(r))"},
                    "what the gain at rank r is divided by"},
                   {"ideal", {"min(R,k)", "R", "k"}, "how many relevant items the best list has"}},
       .needs = {truth},
       .formula = "sum over hits of 1 / discount(r), divided by the same sum over r = 1 .. ideal",
       .empty_case = kNoRelevant,
       .paper = "Järvelin and Kekäläinen 2002"},
      {.name = "map",
       .group = "accuracy",
       .unit = "share",
       .options = {{"norm", {"min(R,k)", "R", "k", "hits"}, "what the sum is divided by"}},
       .needs = {truth},
       .formula = "sum over hits of (hits up to rank r / r) / norm; 0 without a hit",
       .empty_case = kNoRelevant,
       .paper = "Buckley and Voorhees 2000"},
      {.name = "mrr",
       .group = "accuracy",
       .unit = "share",
       .options = {},
       .needs = {truth},
       .formula = "1 / rank of the first hit; 0 without a hit in the first k",
       .empty_case = kNoRelevant,
       .paper = "Voorhees 1999"},
      {.name = "hit_rate",
       .group = "accuracy",
       .unit = "share",
       .options = {},
       .needs = {truth},
       .formula = "1 where the first k hold a hit, else 0",
       .empty_case = kNoRelevant,
       .paper = ""},
  };
}

std::vector<MetricInfo> coverage() {
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
       .formula = "-sum of p log p, p = c_i / sum of c",
       .empty_case = kNoLists,
       .paper = "Shannon 1948"},
  };
}

std::vector<MetricInfo> beyond_accuracy() {
  return {
      {.name = "intra_list_distance",
       .group = "diversity",
       .unit = "distance",
       .options = {{"distance",
                    {"cooccurrence", "cosine", "jaccard", "hamming"},
                    "between two items: 1 - |users with both| / sqrt(users of one · users of the "
                    "other); 1 - cosine of "
                    "a vector feature; 1 - shared / all categories, or the number of categories "
                    "that only one has, of a "
                    "set feature"},
                   {"of", {}, "the item feature; not for cooccurrence"},
                   {"single", {"skip", "zero"}, "lists with one item: no value, or 0"}},
       .needs = {cooccurrence},
       .formula = "mean distance over all pairs of items in the first k; an item whose vector is "
                  "missing or zero, or whose "
                  "set is empty, is no part of a pair; one that nobody has is at distance 1 "
                  "(cooccurrence)",
       .empty_case = "a request whose list has fewer than two items that can be compared",
       .paper = "Ziegler et al. 2005"},
      {.name = "novelty",
       .group = "novelty",
       .unit = "bits",
       .options = {{"share",
                    {"pairs", "users"},
                    "of all T (user, item) pairs, or of the U users (inverse user frequency)"},
                   kUnseen},
       .needs = {counts},
       .formula =
           "mean over the first k of -log2(t_i / T); with add_one -log2((t_i + 1) / (T + N)), or "
           "-log2((t_i + 1) / (U + 1)) of users",
       .empty_case = "a request whose list has no item that the training window knows",
       .paper = "Vargas and Castells 2011"},
      {.name = "average_popularity",
       .group = "popularity",
       .higher_is_better = false,
       .unit = "users",
       .options = {},
       .needs = {counts},
       .formula = "mean over the first k of t_i",
       .empty_case = kEmptyList,
       .paper = "Yin et al. 2012"},
  };
}

std::vector<MetricInfo> whole_table() {
  std::vector<MetricInfo> table;
  for (const auto& part : {accuracy(), coverage(), beyond_accuracy()}) {
    table.insert(table.end(), part.begin(), part.end());
  }
  return table;
}

}  // namespace

const std::vector<MetricInfo>& metric_table() {
  static const std::vector<MetricInfo> table = whole_table();
  return table;
}

}  // namespace assay
