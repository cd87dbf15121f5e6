#include "examples.h"

#include <assay/extra/interactions/ragged_spans.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace assay::two_tower {

Examples::Examples(const TrainingView& data, std::span<const float> weights,
                   const std::vector<bool>& eligible, const Settings& settings, uint64_t seed)
    : settings_(settings), seed_(seed), learnt_(static_cast<size_t>(data.items)) {
  const extra::RaggedSpans by_user(data.by_user);
  size_t place = 0;
  std::vector<double> count(static_cast<size_t>(data.items));
  for (int64_t user = 0; user < data.users; ++user) {
    if (by_user.size() > 0) {
      for (const int64_t item : by_user[user]) {
        const float weight = weights.empty() ? 1.F : weights[place];
        ++place;
        if (weight <= 0) continue;
        all_.push_back({static_cast<int32_t>(user), static_cast<int32_t>(item), -1, weight});
        items_.push_back(item);
        learnt_[item] = true;
        ++count[item];
      }
    }
    offsets_.push_back(std::ssize(items_));
  }
  for (int64_t item = 0; item < data.items; ++item)
    if (eligible[item] || learnt_[item]) eligible_.push_back(item);
  const bool uniform = settings.source == NegativeSource::uniform;
  for (int64_t item = 0; item < data.items; ++item) {
    const double share = count[item] / static_cast<double>(std::max<int64_t>(size(), 1));
    const double drawn = !uniform ? share
                         : eligible[item] || learnt_[item]
                             ? 1 / static_cast<double>(eligible_.size())
                             : 0;
    log_absent_.push_back(std::log1p(-share));
    log_not_drawn_.push_back(std::log1p(-drawn));
  }
  if (!data.context.columns.empty()) find_events(data);
}

// The pairs of a user stand in the order of their first events, so one cursor a user finds them.
void Examples::find_events(const TrainingView& data) {
  const at::Tensor user = data.user.cpu(), item = data.item.cpu(), positive = data.positive.cpu();
  std::vector<int64_t> next(offsets_.begin(), offsets_.end() - 1);
  for (int64_t event = 0; event < data.size(); ++event) {
    if (!positive.const_data_ptr<bool>()[event]) continue;
    const int32_t who = user.const_data_ptr<int32_t>()[event];
    if (next[who] == offsets_[who + 1]) continue;
    Example& example = all_[next[who]];
    if (example.item != item.const_data_ptr<int32_t>()[event]) continue;
    example.event = static_cast<int32_t>(event);
    ++next[who];
  }
}

void Examples::start(int64_t epoch) {
  order_.resize(all_.size());
  std::iota(order_.begin(), order_.end(), 0);
  random_ = extra::SplitMix(seed_, static_cast<uint64_t>(epoch));
  for (size_t left = order_.size(); left > 1; --left)
    std::swap(order_[left - 1], order_[random_.below(static_cast<uint32_t>(left))]);
}

Batch Examples::batch(int64_t number) {
  const int64_t first = number * settings_.batch_size;
  const int64_t count = std::min(settings_.batch_size, size() - first);
  Batch out;
  out.examples.reserve(static_cast<size_t>(count));
  for (int64_t n = first; n < first + count; ++n) out.examples.push_back(all_[order_[n]]);
  for (int64_t n = 0; n < settings_.negatives; ++n) {
    out.negatives.push_back(settings_.source == NegativeSource::uniform
                                ? eligible_[random_.below(static_cast<uint32_t>(eligible_.size()))]
                                : all_[random_.below(static_cast<uint32_t>(all_.size()))].item);
  }
  return out;
}

float Examples::log_q(int64_t item, const Batch& batch) const {
  double absent = static_cast<double>(batch.examples.size()) * log_absent_[item];
  if (!batch.negatives.empty())
    absent += static_cast<double>(batch.negatives.size()) * log_not_drawn_[item];
  return static_cast<float>(std::log(-std::expm1(absent)));
}

}  // namespace assay::two_tower
