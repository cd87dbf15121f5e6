#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/neural/user_bags.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace assay::extra {

UserBags::UserBags(const TrainingView& data, Repeats repeats, int64_t batch_size, uint64_t seed)
    : batch_size_(batch_size),
      seed_(seed),
      pairs_(data.by_user, pair_weights(data, repeats).by_user),
      items_(static_cast<size_t>(data.items)) {
  for (int64_t user = 0; user < pairs_.size(); ++user) {
    const std::span<const int64_t> items = pairs_[user];
    bool any = false;
    for (size_t n = 0; n < items.size(); ++n) {
      if (!(pairs_.weight(user, n) > 0)) continue;
      any = true;
      items_[static_cast<size_t>(items[n])] = true;
    }
    if (any) users_.push_back(user);
  }
}

void UserBags::start(int64_t pass) {
  order_.resize(users_.size());
  std::iota(order_.begin(), order_.end(), 0);
  SplitMix random(seed_, static_cast<uint64_t>(pass));
  for (size_t left = order_.size(); left > 1; --left)
    std::swap(order_[left - 1], order_[random.below(static_cast<uint32_t>(left))]);
}

Bags UserBags::batch(int64_t number) const {
  const int64_t first = number * batch_size_, last = std::min(first + batch_size_, users());
  Bags out;
  for (int64_t at = first; at < last; ++at) {
    const int64_t user = users_[order_[at]];
    const std::span<const int64_t> items = pairs_[user];
    for (size_t n = 0; n < items.size(); ++n)
      if (pairs_.weight(user, n) > 0) out.add(items[n], pairs_.weight(user, n));
    out.close();
  }
  return out;
}

Bags history_bags(const History& history, Repeats repeats, const std::vector<bool>& known) {
  const History counted = counted_history(history, repeats);
  const WeightedSpans rows(counted, counted.weight);
  Bags out;
  for (int64_t row = 0; row < rows.size(); ++row) {
    const std::span<const int64_t> items = rows[row];
    for (size_t n = 0; n < items.size(); ++n)
      if (known[static_cast<size_t>(items[n])]) out.add(items[n], rows.weight(row, n));
    out.close();
  }
  return out;
}

Bags unit_length(const Bags& bags, double dropout, SplitMix& random) {
  Bags out = bags;
  for (int64_t bag = 0; bag < bags.size(); ++bag) {
    const int64_t first = bags.offsets[bag], last = bags.offsets[bag + 1];
    double square = 0;
    for (int64_t at = first; at < last; ++at)
      square += static_cast<double>(bags.weights[at]) * bags.weights[at];
    if (square == 0) continue;
    const auto scale = static_cast<float>(1 / (std::sqrt(square) * (1 - dropout)));
    for (int64_t at = first; at < last; ++at) {
      const bool kept = dropout <= 0 || random.uniform() >= dropout;
      out.weights[at] = kept ? bags.weights[at] * scale : 0.F;
    }
  }
  return out;
}

Bags unit_length(const Bags& bags) {
  SplitMix unused(0, 0);
  return unit_length(bags, 0, unused);
}

}  // namespace assay::extra
