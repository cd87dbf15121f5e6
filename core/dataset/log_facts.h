#pragma once

/// What a log tells of its users or items: one number each, made from the events of some windows.

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataset/by_user.h"
#include "dataset/events.h"

namespace assay::dataset {

enum class Fact : uint8_t { events, partners, positives, mean_value, last_time };
inline constexpr std::array kFacts = {Fact::events, Fact::partners, Fact::positives,
                                      Fact::mean_value, Fact::last_time};

/// Which events are looked at.
struct EventRange {
  std::bitset<kWindows> windows;  ///< bit w: those of window w
  size_t from = 0;                ///< and not older than this one, in the order of the events
  /// Counts of who has no event in it: 0, or unknown (NaN).
  bool zero_is_known = true;
};

class LogFacts {
 public:
  /// @param kind  user or item
  LogFacts(const Events& events, const std::string& kind);

  /// Whether the log tells it, and not the same as Fact::events does.
  bool has(Fact fact) const;
  /// [users or items]; NaN where the events say nothing.
  std::vector<double> tell(Fact fact, const EventRange& range) const;
  /// "number of events", "number of users" (of an item), ...
  std::string text(Fact fact) const;

 private:
  void add_partners(const EventRange& range, std::vector<double>& out,
                    std::vector<int32_t>& count) const;

  const Events& events_;
  bool users_;
  std::span<const int32_t> id_;
  int64_t ids_;
  std::optional<ByUser> by_user_;  // where a user has an item twice
};

}  // namespace assay::dataset
