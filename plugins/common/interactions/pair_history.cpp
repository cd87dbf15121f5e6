#include <ATen/core/Tensor.h>
#include <assay/extra/interactions/pair_history.h>

#include <algorithm>
#include <tuple>

namespace assay::extra {
namespace {

using Change = PairHistory::Change;

bool less(const Change& a, const Change& b) {
  return std::tie(a.item, a.user) < std::tie(b.item, b.user);
}

/// Calls `take(item, user, time_us)` for each positive event.
template <typename Take>
void each_positive(const EventSlice& events, const Take& take) {
  if (events.size() == 0) return;
  const bool* const positive = events.positive.const_data_ptr<bool>();
  const int32_t* const item = events.item.const_data_ptr<int32_t>();
  const int32_t* const user = events.user.const_data_ptr<int32_t>();
  const int64_t* const time_us = events.time_us.const_data_ptr<int64_t>();
  for (int64_t e = 0; e < events.size(); ++e) {
    if (positive[e]) take(item[e], user[e], time_us[e]);
  }
}

// Events come in time order: the last one of a pair stays.
std::vector<Change> pairs_of(const EventSlice& events) {
  std::vector<Change> pairs;
  each_positive(events, [&](int32_t item, int32_t user, int64_t time_us) {
    pairs.push_back({item, user, time_us});
  });
  std::ranges::stable_sort(pairs, less);
  std::vector<Change> last;
  for (const Change& pair : pairs) {
    if (last.empty() || less(last.back(), pair))
      last.push_back(pair);
    else
      last.back() = pair;
  }
  return last;
}

/// Finds a pair among those that changed; most events are of another one.
class Lookup {
 public:
  explicit Lookup(std::vector<Change>& changes) : changes_(changes) {
    const size_t items = changes.empty() ? 0 : static_cast<size_t>(changes.back().item) + 1;
    first_.assign(items + 1, 0);
    for (const Change& change : changes) ++first_[static_cast<size_t>(change.item) + 1];
    for (size_t item = 0; item < items; ++item) first_[item + 1] += first_[item];
  }

  Change* find(int32_t item, int32_t user) {
    const auto place = static_cast<size_t>(item);
    if (place + 1 >= first_.size() || first_[place] == first_[place + 1]) return nullptr;
    const auto begin = changes_.begin() + first_[place], end = changes_.begin() + first_[place + 1];
    const auto found = std::lower_bound(begin, end, Change{item, user, 0}, less);
    return found != end && found->user == user ? &*found : nullptr;
  }

 private:
  std::vector<Change>& changes_;
  std::vector<int64_t> first_;  // of each item, its first place in changes_
};

}  // namespace

void PairHistory::keep(const EventSlice& events) {
  EventSlice kept;
  if (events.size() == 0) return slices_.push_back(kept);
  kept.user = events.user.cpu();
  kept.item = events.item.cpu();
  kept.time_us = events.time_us.cpu();
  kept.positive = events.positive.cpu();
  slices_.push_back(std::move(kept));
}

std::vector<Change> PairHistory::add(const EventSlice& events) {
  keep(events);
  std::vector<Change> changes = pairs_of(slices_.back());
  Lookup lookup(changes);
  for (size_t slice = 0; slice + 1 < slices_.size(); ++slice) {
    each_positive(slices_[slice], [&](int32_t item, int32_t user, int64_t time_us) {
      if (Change* const change = lookup.find(item, user)) {
        change->known = true;
        change->before_us = time_us;
      }
    });
  }
  return changes;
}

}  // namespace assay::extra
