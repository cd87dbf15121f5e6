#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "features/log_index.h"

namespace assay::features {

/// The candidates of a batch of requests at their moments, on the CPU.
struct Moments {
  int64_t width = 0;                 ///< candidates of a request, K
  std::span<const int64_t> user;     ///< [B], -1 anonymous
  std::span<const int64_t> time_us;  ///< [B], kNoTime: nothing is known
  std::span<const int64_t> item;     ///< [B * K], -1 padding
};

enum class Count { events, rate, recency };
enum class Owner { user, item, pair };

/// A column of numbers that the log says.
struct StatisticColumn {
  Owner owner = Owner::item;
  Count count = Count::events;
  double smoothing = 10;
  float* to = nullptr;  ///< [B * K]
};

/// "item_rate"; none where the source is no statistic.
std::optional<StatisticColumn> statistic_named(const std::string& source);

/// Fills the columns from events strictly before each request's moment:
///
///  - events: how many
///  - rate: (positives + m r) / (events + m), m the smoothing and r the share of positives in the whole
///    log until then (a posterior mean under a beta prior); NaN where the log is empty
///  - recency: days since the latest, NaN where there is none
///
/// NaN for the user and the pair where the user is anonymous, for the item and the pair on padding, and
/// for all where the request has no time.
void fill_statistics(const LogIndex& log, const Moments& moments,
                     std::span<const StatisticColumn> columns);

}  // namespace assay::features
