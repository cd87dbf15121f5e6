#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "dataset/imported.h"

namespace assay::dataset {

/// The `rank`-th most popular item has `events` events.
struct CurvePoint {
  int64_t rank = 0, events = 0;
};

/// `users` users have `from` to `to` events.
struct HistoryBin {
  int64_t from = 0, to = 0, users = 0;
};

/// What a log looks like before anything is filtered or split (`assay data describe`).
struct DataStatistics {
  int64_t users = 0, items = 0, events = 0;
  int64_t users_without_events = 0,
          items_without_events = 0;  ///< known from feature files or empty lines only
  int64_t pairs = 0;                 ///< different (user, item)
  int64_t repeats = 0;               ///< events whose pair occurred before
  int64_t duplicates = 0;  ///< of these, at the same time too (without times: 0, nobody can tell)
  double density = 0;      ///< pairs / (users * items)
  int64_t first_time_s = -1, last_time_s = -1;  ///< -1 without times
  /// Events of a user, and of an item, among those with events: at the shares of kPercentiles.
  std::vector<int64_t> history_lengths, item_counts;
  /// Share of the events that the most popular items hold: at the shares of kTopShares of all items
  /// with events.
  std::vector<double> top_shares;
  std::vector<CurvePoint> popularity;  ///< ranks 1, 2, 3, ... ever farther apart, to the last item
  std::vector<HistoryBin> histories;   ///< bins 1, 2-3, 4-7, ... without gaps
  /// Of the newest tenth of the events, the share of users (items) that no older event knows.
  /// NaN without times: nothing is newest.
  double cold_user_share = 0, cold_item_share = 0;
};

inline constexpr std::array kPercentiles = {0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0};
inline constexpr std::array kTopShares = {0.01, 0.05, 0.1, 0.2, 0.5};

DataStatistics statistics(const ImportedData& data);

/// The statistics under the names of their fields; `history_lengths`, `item_counts` and
/// `top_shares` as {"shares", "values"}; what needs times and has none is null.
nlohmann::json to_json(const DataStatistics& statistics);

}  // namespace assay::dataset
