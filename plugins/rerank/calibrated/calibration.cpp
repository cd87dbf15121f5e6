#include "calibration.h"

#include <assay/extra/similarity/best_place.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace assay::calibrated {
namespace {

constexpr double kSmoothing = 0.01;

// The slate so far, as the divergence sees it.
class Slate {
 public:
  explicit Slate(std::span<const double> wanted)
      : wanted_(wanted), sum_(wanted.size(), 0.0), term_(wanted.size()) {}

  // Once a place: an item with categories makes the mean one over items_ + 1, so that the terms of
  // the categories it does not have are the same for all of them.
  void prepare() {
    for (size_t c = 0; c < wanted_.size(); ++c) term_[c] = term(c, sum_[c], items_ + 1);
    with_another_ = std::accumulate(term_.begin(), term_.end(), 0.0);
    as_it_is_ = 0;
    for (size_t c = 0; c < wanted_.size(); ++c) as_it_is_ += term(c, sum_[c], items_);
  }

  double divergence_with(std::span<const int64_t> own) const {
    if (own.empty()) return as_it_is_;
    const double part = 1 / static_cast<double>(own.size());
    double result = with_another_;
    for (const int64_t c : own)
      result += term(static_cast<size_t>(c), sum_[c] + part, items_ + 1) - term_[c];
    return result;
  }

  void add(std::span<const int64_t> own) {
    if (own.empty()) return;
    for (const int64_t c : own) sum_[c] += 1 / static_cast<double>(own.size());
    ++items_;
  }

 private:
  double term(size_t c, double sum, double items) const {
    const double p = wanted_[c];
    if (p == 0) return 0;
    const double q = items > 0 ? sum / items : 0;
    return p * std::log(p / ((1 - kSmoothing) * q + kSmoothing * p));
  }

  std::span<const double> wanted_;
  std::vector<double> sum_, term_;
  double items_ = 0;  // with categories
  double with_another_ = 0, as_it_is_ = 0;
};

}  // namespace

void pick_calibrated(std::span<const int64_t> items, std::span<const double> relevance,
                     const extra::ItemCategories& categories, std::span<const double> wanted,
                     double lambda, std::span<int64_t> place, std::span<double> objective) {
  Slate slate(wanted);
  double sum = 0;
  std::vector<double> value(items.size());
  std::vector<bool> taken(items.size(), false);
  for (size_t pick = 0; pick < std::min(items.size(), place.size()); ++pick) {
    slate.prepare();
    for (size_t i = 0; i < items.size(); ++i) {
      value[i] = taken[i] ? -std::numeric_limits<double>::infinity()
                          : (1 - lambda) * (sum + relevance[i]) -
                                lambda * slate.divergence_with(categories[items[i]]);
    }
    const int64_t best = extra::best_place(value, items);
    place[pick] = best;
    if (pick < objective.size()) objective[pick] = value[best];
    taken[best] = true;
    sum += relevance[best];
    slate.add(categories[items[best]]);
  }
}

}  // namespace assay::calibrated
