#include "metric_catalog/metric_table_parts.h"

namespace assay::metric_catalog {
namespace {

using enum MetricNeed;

const char kNoProbability[] = "a request with an empty list, or with a score outside of [0, 1]";
const char kNoRating[] = "a request whose list has no item that its user rated in the window";
const char kNoSpread[] =
    "a request whose list has no two items that its user rated differently in the window";

MetricOption link() {
  return {"link",
          {"identity", "logit"},
          "probability p of a score: the score itself, if the strategy declares probabilities, or "
          "1 / (1 + e^-score)"};
}

MetricInfo rating_error(const char* name, const char* formula) {
  return {.name = name,
          .group = "accuracy",
          .higher_is_better = false,
          .by_name_only = true,
          .unit = "target",
          .options = {},
          .needs = {truth, scores, rating, judged},
          .formula = formula,
          .empty_case = kNoRating,
          .paper = "Willmott and Matsuura 2005"};
}

MetricInfo explained(const char* name, const char* formula) {
  MetricInfo info = rating_error(name, formula);
  info.higher_is_better = true;
  info.unit = "share";
  info.empty_case = kNoSpread;
  info.paper = "Wright 1921";
  return info;
}

// One value for all lists of a trial together.
std::vector<MetricInfo> of_all_lists() {
  return {
      {.name = "pooled_auc",
       .group = "accuracy",
       .per_request = false,
       .by_name_only = true,
       .unit = "share",
       .options = {},
       .needs = {truth, scores, lists},
       .formula = "share of the pairs (hit, no hit) of the first k of all lists together whose hit "
                  "has the higher score; equal scores count half",
       .empty_case = "all listed items are hits, or none is",
       .paper = "Hanley and McNeil 1982"},
      {.name = "calibration_error",
       .group = "accuracy",
       .per_request = false,
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "share",
       .options = {link(),
                   {"binning",
                    {"width", "mass"},
                    "bins of equal width, or of equal numbers of items"},
                   {"bins", {"10", "15", "20", "100"}, "how many"}},
       .needs = {truth, scores, lists},
       .formula = "expected calibration error: mean over the items of the first k of all lists of "
                  "|mean p - share of hits| of the bin that p falls into",
       .empty_case = "no list has an item, or a score is outside of [0, 1]",
       .paper = "Naeini et al. 2015; equal mass: Nixon et al. 2019"},
  };
}

}  // namespace

// A score is a probability or a rating only where its strategy says so (config/check_scores.cpp).
std::vector<MetricInfo> score_metrics() {
  std::vector<MetricInfo> all = {
      {.name = "group_auc",
       .group = "accuracy",
       .unit = "share",
       .options = {{"single",
                    {"skip", "bound"},
                    "lists with hits only, or without hits: no value, or 1 and 0"}},
       .needs = {truth, scores},
       .formula = "share of the pairs (hit, no hit) of the first k whose hit has the higher score; "
                  "equal scores count half",
       .empty_case = "a request whose list has hits only, or no hits",
       .paper = "Zhou et al. 2018"},
      {.name = "log_loss",
       .group = "accuracy",
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "nats",
       .options = {link()},
       .needs = {truth, scores},
       .formula = "mean over the first k of -ln p for a hit and -ln(1 - p) for another item, p "
                  "limited to [2^-52, 1 - 2^-52]",
       .empty_case = kNoProbability,
       .paper = "Good 1952"},
      {.name = "brier",
       .group = "accuracy",
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "share",
       .options = {link()},
       .needs = {truth, scores},
       .formula = "mean over the first k of (p - [hit])^2",
       .empty_case = kNoProbability,
       .paper = "Brier 1950"},
      rating_error("rmse",
                   "root of the mean of (score - value)^2 over the rated items of the first k"),
      rating_error("mae", "mean of |score - value| over the rated items of the first k"),
      explained("r2",
                "1 - sum of (score - value)^2 / sum of (value - mean value)^2 over the rated items "
                "of the first k"),
      explained("explained_variance",
                "1 - variance of (value - score) / variance of value over the rated items of the "
                "first k"),
  };
  for (MetricInfo& info : of_all_lists()) all.push_back(std::move(info));
  return all;
}

}  // namespace assay::metric_catalog
