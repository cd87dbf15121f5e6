#include "worker/balance_weights.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "pipeline/hashing.h"
#include "worker/item_means.h"

namespace assay::worker {
namespace {

constexpr int kDraws = 4;    // of the policy, a logged row
constexpr int kRounds = 30;  // of coordinate-wise Newton steps
constexpr double kLongestStep = 2;

double share_of(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// An item as the policy shows it; none where its list ended.
std::optional<int64_t> draw(const Actions& actions, const Servable& servable, int64_t items,
                            uint64_t bits) {
  double share = share_of(bits);
  for (const auto& [item, probability] : actions.listed) {
    share -= probability;
    if (share < 0) return item;
  }
  if (share >= actions.floor * static_cast<double>(servable.count())) return std::nullopt;
  while (true) {
    bits = pipeline::mix(bits, 0);
    const int64_t item = servable.allowed_at(bits, items);
    if (servable.holds(item)) return item;
  }
}

double probability_of(const Actions& actions, const Servable& servable, int64_t item) {
  return servable.holds(item) ? actions.probability(item) : 0;
}

}  // namespace

BalanceWeights::Pair BalanceWeights::pair_of(const Servable& servable, int fold, int64_t item,
                                             double probability) const {
  int power = -1;
  if (probability > 0)
    power = kPowers + std::clamp(std::ilogb(probability * static_cast<double>(servable.count())),
                                 -kPowers, kPowers);
  return {static_cast<int32_t>(item), static_cast<int8_t>(power), static_cast<int8_t>(fold)};
}

void BalanceWeights::add_row(const Actions& actions, const Servable& servable, int64_t place,
                             int fold, int64_t item, double probability) {
  const uint64_t row = pipeline::mix(static_cast<uint64_t>(place), logged_.size());
  logged_.push_back(pair_of(servable, fold, item, probability));
  for (uint64_t turn = 0; turn < kDraws; ++turn) {
    const auto shown = draw(actions, servable, items_, pipeline::mix(row, turn));
    if (shown)
      drawn_.push_back(pair_of(servable, fold, *shown, probability_of(actions, servable, *shown)));
  }
}

double BalanceWeights::Classifier::log_odds(const Pair& pair) const {
  return constant + of_power[static_cast<size_t>(pair.power)] +
         of_item[static_cast<size_t>(pair.item)];
}

/// A Newton step of coefficients of which each pair has one: the others stand still.
/// @param place  of a pair among the coefficients
template <typename Place>
void BalanceWeights::improve(Classifier& classifier, int fold, double ridge,
                             std::vector<double>& scratch, double* coefficients, size_t count,
                             const Place& place) const {
  scratch.assign(2 * count, 0);
  const auto add = [&](const std::vector<Pair>& pairs, double label, double weight) {
    for (const Pair& pair : pairs) {
      if (pair.fold == fold || pair.power < 0) continue;
      const double chance = 1 / (1 + std::exp(-classifier.log_odds(pair)));
      scratch[2 * place(pair)] += weight * (label - chance);
      scratch[2 * place(pair) + 1] += weight * chance * (1 - chance);
    }
  };
  add(logged_, 0, 1);
  add(drawn_, 1, 1.0 / kDraws);
  for (size_t i = 0; i < count; ++i) {
    const double curvature = scratch[2 * i + 1] + ridge;
    if (curvature <= 0) continue;
    const double step = (scratch[2 * i] - ridge * coefficients[i]) / curvature;
    coefficients[i] += std::clamp(step, -kLongestStep, kLongestStep);
  }
}

BalanceWeights::Classifier BalanceWeights::fit_without(int fold) const {
  Classifier out;
  out.of_item.resize(static_cast<size_t>(items_));
  std::vector<double> scratch;
  for (int round = 0; round < kRounds; ++round) {
    improve(out, fold, 0, scratch, &out.constant, 1, [](const Pair&) { return size_t{0}; });
    improve(out, fold, 1, scratch, out.of_power.data(), out.of_power.size(),
            [](const Pair& pair) { return static_cast<size_t>(pair.power); });
    improve(out, fold, 1, scratch, out.of_item.data(), out.of_item.size(),
            [](const Pair& pair) { return static_cast<size_t>(pair.item); });
  }
  return out;
}

std::vector<float> BalanceWeights::weights() const {
  std::vector<float> out(logged_.size());
  for (int fold = 0; fold < ItemMeans::kFolds; ++fold) {
    const Classifier classifier = fit_without(fold);
    for (size_t i = 0; i < logged_.size(); ++i) {
      if (logged_[i].fold == fold && logged_[i].power >= 0)
        out[i] = static_cast<float>(std::exp(classifier.log_odds(logged_[i])));
    }
  }
  return out;
}

}  // namespace assay::worker
