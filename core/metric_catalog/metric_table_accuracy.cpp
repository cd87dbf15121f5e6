#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {
namespace {

using enum MetricNeed;

std::vector<MetricInfo> shares_of_hits() {
  return {
      {.name = "recall",
       .group = "accuracy",
       .unit = "share",
       .options = {{"den", {"R", "min(R,k)"}, "denominator"}},
       .needs = {truth},
       .formula = "hits in the first k / den",
       .empty_case = kNoRelevant,
       .paper = ""},
      {.name = "precision",
       .group = "accuracy",
       .unit = "share",
       .options = {{"den", {"k"}, "denominator; k for shorter lists too"}},
       .needs = {truth},
       .formula = "hits in the first k / k",
       .empty_case = kNoRelevant,
       .paper = ""},
      {.name = "f1",
       .group = "accuracy",
       .unit = "share",
       .options = {},
       .needs = {truth},
       .formula = "2 hits in the first k / (k + R): the harmonic mean of recall and precision; 0 "
                  "without a hit",
       .empty_case = kNoRelevant,
       .paper = "van Rijsbergen 1979"},
      {.name = "r_precision",
       .group = "accuracy",
       .unit = "share",
       .options = {{"den", {"R", "min(R,k)"}, "denominator"}},
       .needs = {truth},
       .formula = "hits in the first min(R, k) / den",
       .empty_case = kNoRelevant,
       .paper = "Buckley and Voorhees 2000"},
      {.name = "hit_rate",
       .group = "accuracy",
       .unit = "share",
       .options = {},
       .needs = {truth},
       .formula = "1 if the first k contain a hit, else 0",
       .empty_case = kNoRelevant,
       .paper = ""},
      {.name = "success",
       .group = "accuracy",
       .by_name_only = true,
       .unit = "share",
       .options = {},
       .needs = {truth},
       .formula = "hit_rate under trec_eval's name",
       .empty_case = kNoRelevant,
       .paper = ""},
  };
}

MetricOption gain() {
  return {"gain",
          {"binary", "linear", "exponential"},
          "gain of a relevant item of grade g: 1, g, or 2^g - 1; a grade below 0 gains nothing"};
}

MetricOption discount() {
  return {"discount", {"log2(r+1)", "max(1,log2(r))"}, "discount: divisor of the gain at rank r"};
}

std::vector<MetricInfo> sums_over_ranks() {
  return {
      {.name = "ndcg",
       .group = "accuracy",
       .unit = "share",
       .options = {gain(),
                   discount(),
                   {"ideal",
                    {"min(R,k)", "R", "k"},
                    "number of relevant items in the ideal list; k with binary gain only"}},
       .needs = {truth},
       .formula = "sum over hits of gain / discount(r), divided by the same sum over the ideal "
                  "list of that length",
       .empty_case = "a request without a relevant item; with a graded gain also one whose "
                     "relevant items all have grades of 0 or less",
       .paper = "Järvelin and Kekäläinen 2002; exponential: Burges et al. 2005"},
      {.name = "dcg",
       .group = "accuracy",
       .by_name_only = true,
       .unit = "gain",
       .options = {gain(), discount()},
       .needs = {truth},
       .formula = "sum over hits of gain / discount(r): ndcg before it is divided",
       .empty_case = kNoRelevant,
       .paper = "Järvelin and Kekäläinen 2002; exponential: Burges et al. 2005"},
      {.name = "map",
       .group = "accuracy",
       .unit = "share",
       .options = {{"norm", {"min(R,k)", "R", "k", "hits"}, "denominator"}},
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
      {.name = "rbp",
       .group = "accuracy",
       .unit = "share",
       .options = {{"p",
                    {"0.8", "0.5", "0.85", "0.9", "0.95"},
                    "probability that the user continues to the next rank"}},
       .needs = {truth},
       .formula = "(1 - p) sum over hits of p^(r - 1)",
       .empty_case = kNoRelevant,
       .paper = "Moffat and Zobel 2008"},
      {.name = "bpref",
       .group = "accuracy",
       .unit = "share",
       .options = {},
       .needs = {truth, judged},
       .formula = "sum over hits of (1 - min(n, B) / B) / R, n the judged non-relevant items above "
                  "the hit, B the smaller of R and all judged non-relevant items; 1 if n is 0",
       .empty_case = kNoRelevant,
       .paper = "Buckley and Voorhees 2004, as trec_eval computes it"},
      {.name = "auc",
       .group = "accuracy",
       .unit = "share",
       .options = {{"rest", {"tied"}, "items after the first k are tied"}},
       .needs = {truth},
       .formula = "share of the pairs (relevant, not relevant) of all N items in that order; a "
                  "tied pair counts half",
       .empty_case = "a request without a relevant item, or with every item relevant",
       .paper = "Hanley and McNeil 1982"},
  };
}

}  // namespace

std::vector<MetricInfo> accuracy_metrics() {
  std::vector<MetricInfo> all = shares_of_hits();
  for (MetricInfo& info : sums_over_ranks()) all.push_back(std::move(info));
  return all;
}

}  // namespace assay::metric_catalog
