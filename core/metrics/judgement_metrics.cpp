/// Accuracy from grades and judgements: graded NDCG, R-precision, bpref, AUC.

#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/list_metric.h"
#include "rules/hit_rule.h"

namespace assay::metrics {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

// Järvelin and Kekäläinen 2002 (linear), Burges et al. 2005 (exponential). A grade below 0 gains
// nothing: the best list leaves such an item out, and shares stay within [0, 1].
class Gains {
 public:
  explicit Gains(const DefinitionText& definition)
      : binary_(definition.is("gain", "binary")),
        exponential_(definition.is("gain", "exponential")),
        discount_(definition.is("discount", "max(1,log2(r))") ? rules::HitWeight::plain_log_discount
                                                              : rules::HitWeight::log_discount) {}

  /// @param unit  what `unit_of` gives, or 0: gains as they are, infinite where a double ends
  double of(const ListView& list, int64_t item, double unit) const {
    if (binary_) return 1;
    const double grade = list.value_of(item, 1);
    if (grade <= 0) return 0;
    if (exponential_)
      return unit == 0 ? std::exp2(grade) - 1 : std::exp2(grade - unit) - std::exp2(-unit);
    return unit == 0 ? grade : grade / unit;
  }

  /// Gains in the unit of the largest one, so that their sums stay within a double. The grade that
  /// it belongs to; 0 where nothing comes near that.
  double unit_of(const ListView& list) const {
    if (binary_) return 0;
    double largest = 0;
    for (const int64_t item : list.relevant) largest = std::max(largest, list.value_of(item, 1));
    return largest > (exponential_ ? kLargeExponent : kLargeGrade) ? largest : 0;
  }

  /// @param place  from 0
  double discounted(double gain, size_t place) const {
    return gain / rules::discount_at(discount_, static_cast<double>(place + 1));
  }
  /// Over the hits of the list.
  double sum(const ListView& list, double unit) const {
    double sum = 0;
    for (size_t r = 0; r < list.items.size(); ++r) {
      if (list.is_relevant(list.items[r])) sum += discounted(of(list, list.items[r], unit), r);
    }
    return sum;
  }

 private:
  // Sums of as many gains as there are int64 numbers are doubles up to here.
  static constexpr double kLargeExponent = 900, kLargeGrade = 0x1p900;

  bool binary_, exponential_;
  rules::HitWeight discount_;
};

ListFunction dcg(const DefinitionText& definition, const MetricData&) {
  return [gains = Gains(definition)](const ListView& list) {
    return list.relevant.empty() ? kNoValue : gains.sum(list, 0);
  };
}

ListFunction graded_ndcg(const DefinitionText& definition, const MetricData&) {
  const bool whole = definition.is("ideal", "R");
  return [whole, gains = Gains(definition)](const ListView& list) {
    const double unit = gains.unit_of(list);
    std::vector<double> best;
    for (const int64_t item : list.relevant) best.push_back(gains.of(list, item, unit));
    std::ranges::sort(best, std::greater<>());
    if (!whole) best.resize(std::min(best.size(), static_cast<size_t>(list.cutoff)));
    double ideal = 0;
    for (size_t r = 0; r < best.size(); ++r) ideal += gains.discounted(best[r], r);
    return ideal > 0 ? gains.sum(list, unit) / ideal : kNoValue;
  };
}

ListFunction r_precision(const DefinitionText& definition, const MetricData&) {
  const bool cut = definition.is("den", "min(R,k)");
  return [=](const ListView& list) {
    const auto relevant = static_cast<int64_t>(list.relevant.size());
    if (relevant == 0) return kNoValue;
    const int64_t den = cut ? std::min(relevant, list.cutoff) : relevant;
    return static_cast<double>(list.hits(relevant)) / static_cast<double>(den);
  };
}

// trec_eval's m_bpref.c: non-relevant items count up to min(R, their number).
ListFunction bpref(const DefinitionText&, const MetricData&) {
  return [](const ListView& list) {
    const auto relevant = static_cast<int64_t>(list.relevant.size());
    if (relevant == 0) return kNoValue;
    const int64_t rejected =
        std::ranges::count_if(list.judged, [&](int64_t item) { return !list.is_relevant(item); });
    const auto most = static_cast<double>(std::min(relevant, rejected));
    double sum = 0, above = 0;
    for (const int64_t item : list.items) {
      if (list.is_relevant(item))
        sum += above == 0 ? 1 : 1 - std::min(above, most) / most;
      else
        above += std::ranges::binary_search(list.judged, item);
    }
    return sum / static_cast<double>(relevant);
  };
}

// Hits beat what stands behind them; items that are not listed are tied behind the list.
ListFunction auc(const DefinitionText&, const MetricData& data) {
  const auto catalogue = static_cast<double>(data.items);
  return [=](const ListView& list) {
    const auto relevant = static_cast<double>(list.relevant.size()), others = catalogue - relevant;
    if (relevant == 0 || others <= 0) return kNoValue;
    double right = 0, missed = relevant, above = 0;
    for (const int64_t item : list.items) {
      if (!list.is_relevant(item)) {
        ++above;
        continue;
      }
      right += others - above;
      --missed;
    }
    return (right + missed * (others - above) / 2) / (relevant * others);
  };
}

constexpr ListMetric kRows[] = {{"ndcg", graded_ndcg},
                                {"dcg", dcg},
                                {"r_precision", r_precision},
                                {"bpref", bpref},
                                {"auc", auc}};

}  // namespace

std::span<const ListMetric> judgement_metrics() { return kRows; }

}  // namespace assay::metrics
