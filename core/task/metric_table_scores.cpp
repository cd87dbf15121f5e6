#include "task/metric_table_parts.h"

namespace assay {
namespace {

using enum MetricNeed;

const char kNoProbability[] = "a request with an empty list, or with a score outside of [0, 1]";
const char kNoRating[] = "a request whose list holds no item that its user rated in the window";

MetricOption link() {
  return {"link",
          {"identity", "logit"},
          "how a score becomes a probability p: as it stands, or 1 / (1 + e^-score)"};
}

MetricInfo rating(const char* name, const char* formula) {
  return {.name = name,
          .group = "accuracy",
          .higher_is_better = false,
          .by_name_only = true,
          .unit = "target",
          .options = {},
          .needs = {truth, scores, judged},
          .formula = formula,
          .empty_case = kNoRating,
          .paper = "Willmott and Matsuura 2005"};
}

}  // namespace

// A score is a probability or a rating only if its strategy says so; whoever names one of these
// says it does.
std::vector<MetricInfo> score_metrics() {
  return {
      {.name = "group_auc",
       .group = "accuracy",
       .unit = "share",
       .options = {{"single",
                    {"skip", "bound"},
                    "lists with hits only, or with none: no value, or 1 and 0"}},
       .needs = {truth, scores},
       .formula = "share of the pairs (hit, no hit) of the first k whose hit has the higher score; "
                  "equal scores count half",
       .empty_case = "a request whose list holds hits only, or none",
       .paper = "Zhou et al. 2018"},
      {.name = "log_loss",
       .group = "accuracy",
       .higher_is_better = false,
       .by_name_only = true,
       .unit = "nats",
       .options = {link()},
       .needs = {truth, scores},
       .formula =
           "mean over the first k of -ln p for a hit and -ln(1 - p) for another item, p kept "
           "2^-52 away from 0 and 1",
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
      rating("rmse", "root of the mean of (score - value)^2 over the rated items of the first k"),
      rating("mae", "mean of |score - value| over the rated items of the first k"),
  };
}

}  // namespace assay
