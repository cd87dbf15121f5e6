#include <ATen/core/Tensor.h>
#include <assay/extra/interactions/pair_history.h>
#include <assay/extra/interactions/positive_events.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace assay::extra {
namespace {

using Change = PairHistory::Change;

/// The vote of a pair, and what it was before; a Change holds the difference.
struct Pair {
  int32_t item;
  int32_t user;
  double votes;
  double before = 0;
};

bool less(const Pair& a, const Pair& b) {
  return std::tie(a.item, a.user) < std::tie(b.item, b.user);
}

/// Each pair of these events once, by item, then user.
std::vector<Pair> pairs_of(const PositiveEvents& events, const PairHistory::Vote& vote,
                           Repeats repeats) {
  std::vector<Pair> all;
  all.reserve(static_cast<size_t>(events.size()));
  for (int64_t e = 0; e < events.size(); ++e) {
    all.push_back(
        {events.items()[e], events.users()[e], vote(events.times_us()[e], events.weight_of(e))});
  }
  std::ranges::stable_sort(all, less);
  std::vector<Pair> pairs;
  for (const Pair& one : all) {
    if (pairs.empty() || less(pairs.back(), one)) {
      pairs.push_back(one);
      continue;
    }
    double& votes = pairs.back().votes;
    votes = repeats == Repeats::each ? votes + one.votes : std::max(votes, one.votes);
  }
  return pairs;
}

/// Finds a pair among those that changed; most events are of another one.
class Lookup {
 public:
  explicit Lookup(std::vector<Pair>& pairs) : pairs_(pairs) {
    const size_t items = pairs.empty() ? 0 : static_cast<size_t>(pairs.back().item) + 1;
    first_.assign(items + 1, 0);
    for (const Pair& pair : pairs) ++first_[static_cast<size_t>(pair.item) + 1];
    for (size_t item = 0; item < items; ++item) first_[item + 1] += first_[item];
  }

  Pair* find(int32_t item, int32_t user) {
    const auto place = static_cast<size_t>(item);
    if (place + 1 >= first_.size() || first_[place] == first_[place + 1]) return nullptr;
    const auto begin = pairs_.begin() + first_[place], end = pairs_.begin() + first_[place + 1];
    const auto found = std::lower_bound(begin, end, Pair{item, user, 0}, less);
    return found != end && found->user == user ? &*found : nullptr;
  }

 private:
  std::vector<Pair>& pairs_;
  std::vector<int64_t> first_;  // of each item, its first place in pairs_
};

/// Of pairs that were there before, the vote that they had.
void find_votes_before(const std::vector<EventSlice>& slices, const PairHistory::Vote& vote,
                       std::vector<Pair>& pairs) {
  Lookup lookup(pairs);
  for (const EventSlice& slice : slices) {
    const PositiveEvents events = positive_events(slice);
    const auto items = events.items(), users = events.users();
    for (int64_t e = 0; e < events.size(); ++e) {
      if (Pair* const pair = lookup.find(items[e], users[e])) {
        pair->before = std::max(pair->before, vote(events.times_us()[e], events.weight_of(e)));
      }
    }
  }
}

}  // namespace

void PairHistory::keep(const EventSlice& events) {
  if (events.size() == 0) return;
  EventSlice kept;
  kept.user = events.user.cpu();
  kept.item = events.item.cpu();
  kept.time_us = events.time_us.cpu();
  kept.positive = events.positive.cpu();
  if (events.weight) kept.weight = events.weight->cpu();
  slices_.push_back(std::move(kept));
}

std::vector<Change> PairHistory::add(const EventSlice& events, const Vote& vote) {
  if (events.size() == 0) return {};
  std::vector<Pair> pairs = pairs_of(positive_events(events), vote, repeats_);
  // With Repeats::each the votes of before stay beside the new ones.
  if (repeats_ == Repeats::once) find_votes_before(slices_, vote, pairs);
  keep(events);
  std::vector<Change> changes;
  changes.reserve(pairs.size());
  for (const Pair& pair : pairs)
    changes.push_back({pair.item, pair.user, std::max(pair.votes, pair.before) - pair.before});
  return changes;
}

}  // namespace assay::extra
