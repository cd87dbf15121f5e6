#include "features/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace assay::features {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr double kMicrosecondsADay = 86400e6;

/// The events of one user by item: a table of all items that is cleared by moving on.
class Pairs {
 public:
  explicit Pairs(int64_t items) : tally_(static_cast<size_t>(items)), of_(tally_.size(), 0) {}

  void count(const LogIndex& log, std::span<const int32_t> places) {
    ++request_;
    for (const int32_t place : places) {
      const int32_t item = log.log().item[place];
      if (std::exchange(of_[item], request_) != request_) tally_[item] = {};
      Tally& tally = tally_[item];
      ++tally.events;
      tally.positives += log.positive(place) ? 1 : 0;
      tally.last = place;
    }
  }
  Tally of(int64_t item) const { return of_[item] == request_ ? tally_[item] : Tally(); }

 private:
  std::vector<Tally> tally_;
  std::vector<int64_t> of_;  // the request that the tally is of
  int64_t request_ = 0;
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
        pairs_(any_of(columns, Owner::pair) ? log.items() : 0) {}

  void fill(int64_t request) {
    const int64_t time_us = moments_.time_us[request], user = moments_.user[request];
    const int64_t first = request * moments_.width, last = first + moments_.width;
    if (time_us < 0) return fill_missing(first, last);
    const int64_t before = log_.before(time_us);
    const Tally all = log_.all(before);
    const Moment moment{time_us, log_.log().time_us.data(),
                        static_cast<double>(all.positives) / static_cast<double>(all.events)};
    std::array<Tally, 3> tally;
    tally[0] = log_.user(user, before);
    if (any_of(columns_, Owner::pair) && user >= 0) pairs_.count(log_, log_.places(user, before));
    for (int64_t row = first; row < last; ++row) {
      const int64_t item = moments_.item[row];
      if (items_) tally[1] = log_.item(item, before);
      for (const StatisticColumn& column : columns_) {
        const bool unknown =
            (column.owner != Owner::item && user < 0) || (column.owner != Owner::user && item < 0);
        if (!unknown && column.owner == Owner::pair) tally[2] = pairs_.of(item);
        column.to[row] =
            unknown ? kMissing : moment.value(tally[static_cast<size_t>(column.owner)], column);
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
  bool items_;
  Pairs pairs_;
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
