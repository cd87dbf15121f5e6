/// What a list's scores are worth: pairs in the right order, losses of probabilities and ratings.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "metrics/list_metric.h"

namespace assay::metrics {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// Hanley and McNeil 1982: a tied pair counts half. Without scores the order stands for them.
ListFunction group_auc(const DefinitionText& definition, const MetricData&) {
  const bool bound = definition.is("single", "bound");
  return [=](const ListView& list) {
    const auto score = [&](size_t r) {
      return list.scores.empty() ? -static_cast<double>(r) : static_cast<double>(list.scores[r]);
    };
    double right = 0, hits = 0;
    const auto count = static_cast<double>(list.items.size());
    for (size_t a = 0; a < list.items.size(); ++a) {
      if (!list.is_relevant(list.items[a])) continue;
      ++hits;
      for (size_t b = 0; b < list.items.size(); ++b) {
        if (list.is_relevant(list.items[b])) continue;
        right += score(a) > score(b) ? 1 : score(a) == score(b) ? 0.5 : 0;
      }
    }
    if (hits > 0 && hits < count) return right / (hits * (count - hits));
    if (!bound || count == 0) return kNoValue;
    return hits > 0 ? 1.0 : 0.0;
  };
}

// Mean over the list of loss(probability, hit or not); no value where a score is no probability.
ListFunction mean_loss(bool logit, double (*loss)(double p, bool hit)) {
  return [=](const ListView& list) {
    if (list.scores.empty()) return kNoValue;
    double sum = 0;
    for (size_t r = 0; r < list.items.size(); ++r) {
      const double score = list.scores[r];
      const double p = logit ? 1 / (1 + std::exp(-score)) : score;
      if (!(p >= 0 && p <= 1)) return kNoValue;
      sum += loss(p, list.is_relevant(list.items[r]));
    }
    return sum / static_cast<double>(list.items.size());
  };
}

ListFunction log_loss(const DefinitionText& definition, const MetricData&) {
  return mean_loss(definition.is("link", "logit"), [](double p, bool hit) {
    const double kept = std::clamp(p, kEpsilon, 1 - kEpsilon);
    return -std::log(hit ? kept : 1 - kept);
  });
}

ListFunction brier(const DefinitionText& definition, const MetricData&) {
  return mean_loss(definition.is("link", "logit"),
                   [](double p, bool hit) { return (p - hit) * (p - hit); });
}

// Mean of error(score - value) over the items that the user rated.
template <typename Error>
double mean_error(const ListView& list, Error error) {
  double sum = 0, rated = 0;
  for (size_t r = 0; r < list.scores.size(); ++r) {
    const double value = list.value_of(list.items[r], kNoValue);
    if (std::isnan(value)) continue;
    sum += error(static_cast<double>(list.scores[r]) - value);
    ++rated;
  }
  return sum / rated;  // 0 / 0 is NaN: no value
}

ListFunction rmse(const DefinitionText&, const MetricData&) {
  return [](const ListView& list) {
    return std::sqrt(mean_error(list, [](double e) { return e * e; }));
  };
}

ListFunction mae(const DefinitionText&, const MetricData&) {
  return
      [](const ListView& list) { return mean_error(list, [](double e) { return std::abs(e); }); };
}

// What the user rated among the items of a list.
struct Rated {
  std::vector<double> value, error;  // parallel; error = value - score
};

Rated rated(const ListView& list) {
  Rated out;
  for (size_t r = 0; r < list.scores.size(); ++r) {
    const double value = list.value_of(list.items[r], kNoValue);
    if (std::isnan(value)) continue;
    out.value.push_back(value);
    out.error.push_back(value - static_cast<double>(list.scores[r]));
  }
  return out;
}

double mean_of(const std::vector<double>& all) {
  double sum = 0;
  for (const double one : all) sum += one;
  return sum / static_cast<double>(all.size());
}

// Sum of the squared differences from `centre`.
double squares(const std::vector<double>& all, double centre) {
  double sum = 0;
  for (const double one : all) sum += (one - centre) * (one - centre);
  return sum;
}

// 1 - squared error / spread of the values; no value without spread.
double explained(const ListView& list, bool centred) {
  const Rated all = rated(list);
  const double spread = squares(all.value, mean_of(all.value));
  if (!(spread > 0)) return kNoValue;
  return 1 - squares(all.error, centred ? mean_of(all.error) : 0) / spread;
}

ListFunction r2(const DefinitionText&, const MetricData&) {
  return [](const ListView& list) { return explained(list, false); };
}

ListFunction explained_variance(const DefinitionText&, const MetricData&) {
  return [](const ListView& list) { return explained(list, true); };
}

constexpr ListMetric kRows[] = {{"group_auc", group_auc},
                                {"log_loss", log_loss},
                                {"brier", brier},
                                {"rmse", rmse},
                                {"mae", mae},
                                {"r2", r2},
                                {"explained_variance", explained_variance}};

}  // namespace

std::span<const ListMetric> score_list_metrics() { return kRows; }

}  // namespace assay::metrics
