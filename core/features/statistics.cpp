#include "features/statistics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace assay::features {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr double kMicrosecondsADay = 86400e6;

/// The events of one user with each candidate of a request: an open hash table of the candidates, so
/// that it grows with them and not with the catalogue.
class Pairs {
 public:
  void count(const LogIndex& log, std::span<const int64_t> candidates,
             std::span<const int32_t> places) {
    const size_t size = std::bit_ceil(2 * candidates.size() + 2);
    slots_.assign(size, {});
    shift_ = 64 - std::countr_zero(size);
    for (const int64_t item : candidates)
      if (item >= 0) slots_[slot(item)].item = item;
    for (const int32_t place : places) {
      Slot& found = slots_[slot(log.log().item[place])];
      if (found.item < 0) continue;
      ++found.tally.events;
      found.tally.positives += log.positive(place) ? 1 : 0;
      found.tally.last = place;
    }
  }
  /// @param item  one of the candidates
  const Tally& of(int64_t item) const { return slots_[slot(item)].tally; }

 private:
  struct Slot {
    int64_t item = -1;
    Tally tally;
  };

  // Fibonacci hashing (Knuth), then the next free slot.
  size_t slot(int64_t item) const {
    size_t at = (static_cast<uint64_t>(item) * 0x9e3779b97f4a7c15U) >> shift_;
    while (slots_[at].item >= 0 && slots_[at].item != item) at = (at + 1) & (slots_.size() - 1);
    return at;
  }

  std::vector<Slot> slots_;
  int shift_ = 0;
};

/// What is the same for all candidates of a request.
struct Moment {
  int64_t time_us;
  const int64_t* log_time;
  double prior;

  float value(const Tally& tally, const StatisticColumn& column) const {
    if (column.count == Count::events) return static_cast<float>(tally.events);
    if (column.count == Count::recency) {
      if (tally.last < 0) return kMissing;
      return static_cast<float>(static_cast<double>(time_us - log_time[tally.last]) /
                                kMicrosecondsADay);
    }
    const double m = column.smoothing;
    return static_cast<float>((static_cast<double>(tally.positives) + m * prior) /
                              (static_cast<double>(tally.events) + m));
  }
};

bool any_of(std::span<const StatisticColumn> columns, Owner owner) {
  return std::ranges::any_of(columns, [&](const auto& column) { return column.owner == owner; });
}

/// Fills the rows of one request after the other.
class Filling {
 public:
  Filling(const LogIndex& log, const Moments& moments, std::span<const StatisticColumn> columns)
      : log_(log),
        moments_(moments),
        columns_(columns),
        items_(any_of(columns, Owner::item)),
        pairs_(any_of(columns, Owner::pair)) {}

  void fill(int64_t request) {
    const int64_t time_us = moments_.time_us[request], user = moments_.user[request];
    const int64_t first = request * moments_.width, last = first + moments_.width;
    if (time_us < 0) return fill_missing(first, last);
    const int64_t before = log_.before(time_us);
    const Tally all = log_.all(before);
    const Moment moment{time_us, log_.log().time_us.data(),
                        static_cast<double>(all.positives) / static_cast<double>(all.events)};
    const Tally of_user = log_.user(user, before);
    if (pairs_ && user >= 0)
      pair_.count(log_, moments_.item.subspan(first, moments_.width), log_.places(user, before));
    for (int64_t row = first; row < last; ++row) {
      const int64_t item = moments_.item[row];
      const Tally of_item = items_ && item >= 0 ? log_.item(item, before) : Tally();
      for (const StatisticColumn& column : columns_) {
        const bool known = (column.owner == Owner::item || user >= 0) &&
                           (column.owner == Owner::user || item >= 0);
        column.to[row] = kMissing;
        if (!known) continue;
        const Tally& tally = column.owner == Owner::user   ? of_user
                             : column.owner == Owner::item ? of_item
                                                           : pair_.of(item);
        column.to[row] = moment.value(tally, column);
      }
    }
  }

 private:
  void fill_missing(int64_t first, int64_t last) {
    for (const StatisticColumn& column : columns_)
      std::fill(column.to + first, column.to + last, kMissing);
  }

  const LogIndex& log_;
  const Moments& moments_;
  std::span<const StatisticColumn> columns_;
  bool items_, pairs_;
  Pairs pair_;
};

}  // namespace

std::optional<StatisticColumn> statistic_named(const std::string& source) {
  constexpr std::array owners{std::pair{"user_", Owner::user}, std::pair{"item_", Owner::item},
                              std::pair{"pair_", Owner::pair}};
  constexpr std::array counts{std::pair{"events", Count::events}, std::pair{"rate", Count::rate},
                              std::pair{"recency", Count::recency}};
  for (const auto& [prefix, owner] : owners)
    for (const auto& [suffix, count] : counts)
      if (source == std::string(prefix) + suffix) return StatisticColumn{owner, count};
  return std::nullopt;
}

void fill_statistics(const LogIndex& log, const Moments& moments,
                     std::span<const StatisticColumn> columns) {
  Filling filling(log, moments, columns);
  for (int64_t request = 0; request < std::ssize(moments.user); ++request) filling.fill(request);
}

}  // namespace assay::features
