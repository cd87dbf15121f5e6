#include "features/log_index.h"

#include <algorithm>
#include <limits>

#include "error/error.h"

namespace assay::features {

LogIndex::LogIndex(const LogColumns& log, int64_t users, int64_t items) : log_(log) {
  error::require(std::ssize(log.user) < std::numeric_limits<int32_t>::max(),
                 "a log that is indexed has fewer than 2^31 events");
  error::require(std::ranges::is_sorted(log.time_us), "a log that is indexed is in time order");
  by_user_ = side(log.user, users);
  by_item_ = side(log.item, items);
  int32_t sum = 0;
  positives_.reserve(log.positive.size());
  for (const uint8_t one : log.positive) positives_.push_back(sum += one == 1 ? 1 : 0);
}

// A counting sort: places of an owner stay in time order.
LogIndex::Side LogIndex::side(std::span<const int32_t> owner, int64_t owners) const {
  Side out;
  out.offsets.assign(static_cast<size_t>(owners + 1), 0);
  for (const int32_t one : owner) ++out.offsets[one + 1];
  for (int64_t n = 0; n < owners; ++n) out.offsets[n + 1] += out.offsets[n];
  out.places.resize(owner.size());
  out.positives.resize(log_.positive.size());
  std::vector<int64_t> next(out.offsets.begin(), out.offsets.end() - 1);
  for (size_t event = 0; event < owner.size(); ++event) {
    const int64_t at = next[owner[event]]++;
    out.places[at] = static_cast<int32_t>(event);
    if (log_.positive.empty()) continue;
    const int32_t until = at > out.offsets[owner[event]] ? out.positives[at - 1] : 0;
    out.positives[at] = until + (log_.positive[event] == 1 ? 1 : 0);
  }
  return out;
}

int64_t LogIndex::before(int64_t time_us) const {
  return std::ranges::lower_bound(log_.time_us, time_us) - log_.time_us.begin();
}

Tally LogIndex::tally(const Side& side, int64_t owner, int64_t before) {
  if (owner < 0) return {};
  const auto first = side.places.begin() + side.offsets[owner];
  const auto end = std::lower_bound(first, side.places.begin() + side.offsets[owner + 1], before);
  if (end == first) return {};
  const int64_t events = end - first, at = side.offsets[owner] + events - 1;
  return {events, side.positives.empty() ? events : side.positives[at], side.places[at]};
}

Tally LogIndex::all(int64_t before) const {
  if (before == 0) return {};
  return {before, positives_.empty() ? before : positives_[before - 1], before - 1};
}

std::span<const int32_t> LogIndex::places(int64_t user, int64_t before) const {
  const int64_t events = this->user(user, before).events;
  if (events == 0) return {};
  return std::span(by_user_.places).subspan(by_user_.offsets[user], events);
}

int64_t LogIndex::bytes() const {
  const auto of = [](const Side& side) {
    return 8 * std::ssize(side.offsets) + 4 * std::ssize(side.places) +
           4 * std::ssize(side.positives);
  };
  return of(by_user_) + of(by_item_) + 4 * std::ssize(positives_);
}

}  // namespace assay::features
