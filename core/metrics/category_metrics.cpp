/// Metrics of the categories of a list: how many, how even, whether they are the relevant ones, and
/// whether they are those of the history.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <numeric>
#include <set>

#include "metrics/item_categories.h"
#include "metrics/list_metric.h"

namespace assay::metrics {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
constexpr double kSmoothing = 0.01;  // Steck 2018, section 3

std::shared_ptr<const ItemCategories> categories_of(const DefinitionText& definition,
                                                    const MetricData& data) {
  return std::make_shared<ItemCategories>(definition.name(), definition.option("of"), data);
}

bool none(const std::vector<double>& shares) {
  return std::ranges::all_of(shares, [](double share) { return share == 0; });
}

ListFunction category_coverage(const DefinitionText& definition, const MetricData& data) {
  return [categories = categories_of(definition, data)](const ListView& list) {
    const auto shares = categories->shares(list.items, {});
    if (none(shares)) return kNoValue;
    const auto shown = std::ranges::count_if(shares, [](double share) { return share > 0; });
    return static_cast<double>(shown) / static_cast<double>(shares.size());
  };
}

ListFunction category_entropy(const DefinitionText& definition, const MetricData& data) {
  const double unit = definition.is("log", "2") ? std::numbers::ln2 : 1;
  return [unit, categories = categories_of(definition, data)](const ListView& list) {
    const auto shares = categories->shares(list.items, {});
    if (none(shares)) return kNoValue;
    double entropy = 0;
    for (const double share : shares) entropy -= share > 0 ? share * std::log(share) : 0;
    return entropy / unit;
  };
}

ListFunction subtopic_recall(const DefinitionText& definition, const MetricData& data) {
  return [categories = categories_of(definition, data)](const ListView& list) {
    std::set<int64_t> wanted, found;
    for (const int64_t item : list.relevant) {
      for (const int64_t category : categories->of(item)) wanted.insert(category);
    }
    for (const int64_t item : list.items) {
      if (!list.is_relevant(item)) continue;
      for (const int64_t category : categories->of(item)) found.insert(category);
    }
    if (wanted.empty()) return kNoValue;
    return static_cast<double>(found.size()) / static_cast<double>(wanted.size());
  };
}

// What items add one after the other, each category worth less the more often it came before.
class Novelties {
 public:
  Novelties(const ItemCategories& categories, double alpha)
      : categories_(categories), alpha_(alpha), worth_(categories.count(), 1.0) {}

  double of(int64_t item) const {
    double sum = 0;
    for (const int64_t category : categories_.of(item)) sum += worth_[category];
    return sum;
  }
  double take(int64_t item) {
    const double gain = of(item);
    for (const int64_t category : categories_.of(item)) worth_[category] *= 1 - alpha_;
    return gain;
  }

 private:
  const ItemCategories& categories_;
  double alpha_;
  std::vector<double> worth_;
};

// Of the relevant items, the one that adds most comes next (Clarke et al. 2008, section 3.3).
double greedy_ideal(const ItemCategories& categories, double alpha, const ListView& list) {
  Novelties novelties(categories, alpha);
  std::vector<int64_t> left(list.relevant.begin(), list.relevant.end());
  double sum = 0;
  for (int64_t r = 1; r <= list.cutoff && !left.empty(); ++r) {
    const auto best =
        std::ranges::max_element(left, {}, [&](int64_t item) { return novelties.of(item); });
    sum += novelties.take(*best) / std::log2(static_cast<double>(r + 1));
    left.erase(best);
  }
  return sum;
}

ListFunction alpha_ndcg(const DefinitionText& definition, const MetricData& data) {
  const double alpha = std::stod(definition.option("alpha"));
  return [alpha, categories = categories_of(definition, data)](const ListView& list) {
    const double ideal = greedy_ideal(*categories, alpha, list);
    if (ideal == 0) return kNoValue;
    Novelties novelties(*categories, alpha);
    double sum = 0;
    for (size_t r = 0; r < list.items.size(); ++r) {
      if (list.is_relevant(list.items[r]))
        sum += novelties.take(list.items[r]) / std::log2(static_cast<double>(r + 2));
    }
    return sum / ideal;
  };
}

// sum p ln(p / q) over p > 0
double divergence(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (size_t c = 0; c < p.size(); ++c) sum += p[c] > 0 ? p[c] * std::log(p[c] / q[c]) : 0;
  return sum;
}

std::vector<double> mixed(const std::vector<double>& a, const std::vector<double>& b, double of_b) {
  std::vector<double> out(a.size());
  for (size_t c = 0; c < a.size(); ++c) out[c] = (1 - of_b) * a[c] + of_b * b[c];
  return out;
}

ListFunction miscalibration(const DefinitionText& definition, const MetricData& data) {
  const bool js = definition.is("measure", "js"), uniform = definition.is("weights", "uniform");
  return [=, categories = categories_of(definition, data)](const ListView& list) {
    std::vector<double> weights;
    for (size_t r = 0; r < list.items.size() && !uniform; ++r)
      weights.push_back(1 / std::log2(static_cast<double>(r + 2)));
    const std::set<int64_t> once(list.history.begin(), list.history.end());
    const std::vector<int64_t> history(once.begin(), once.end());
    const auto p = categories->shares(history, {}), q = categories->shares(list.items, weights);
    if (none(p) || none(q)) return kNoValue;
    if (!js) return divergence(p, mixed(q, p, kSmoothing));
    const auto middle = mixed(p, q, 0.5);
    return (divergence(p, middle) + divergence(q, middle)) / 2;
  };
}

constexpr ListMetric kRows[] = {{"category_coverage", category_coverage},
                                {"category_entropy", category_entropy},
                                {"subtopic_recall", subtopic_recall},
                                {"alpha_ndcg", alpha_ndcg},
                                {"miscalibration", miscalibration}};

}  // namespace

std::span<const ListMetric> category_metrics() { return kRows; }

}  // namespace assay::metrics
