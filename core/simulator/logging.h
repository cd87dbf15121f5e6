#pragma once

/// The log of a world: what a policy that believes something of users and items showed, with which
/// probability, and what was clicked.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "simulator/world.h"

namespace assay::simulator {

/// The policy of LoggingSpec. A slate is drawn place by place from the eligible items that do not
/// stand in it yet.
class LoggingPolicy {
 public:
  explicit LoggingPolicy(const World& world) : world_(world) {}

  /// Draws a slate. Scratch space is reused: one object a thread.
  /// @param items       eligible, at least as many as places
  /// @param slate       the items shown, from the top down
  /// @param propensity  exact P(item | the items above it) of each place
  void draw(const Request& request, const Taste& taste, std::span<const int32_t> items,
            std::span<int32_t> slate, std::span<float> propensity);

  /// P(shown first) of each eligible item.
  void first(const Taste& taste, std::span<const int32_t> items, std::span<float> out);

 private:
  struct Drawn {
    size_t place;  // among the eligible items
    float probability;
  };
  void score(const Taste& taste, std::span<const int32_t> items);
  Drawn by_weight(float share);
  Drawn greedily(float share, size_t left);
  float greedy_probability(bool best, size_t left) const;

  const World& world_;
  // Of each eligible item: its weight, 0 where it stands in the slate; of epsilon_greedy its score,
  // -infinity there.
  std::vector<float> weight_;
};

/// Rows that were logged: N rows, requests one after the other, places of a request from the top.
struct LogRows {
  std::vector<int64_t> request;                      ///< from 0, over all days
  std::vector<int32_t> user, item, position, shelf;  ///< position from 1
  std::vector<int64_t> time_us;
  std::vector<float> propensity;
  std::vector<uint8_t> click;

  size_t size() const { return item.size(); }
  void clear();
};

/// Serves the requests of a day and hands out their rows, `rows_at_once` or a few more at a time.
void log_day(const World& world, int64_t day, size_t rows_at_once,
             const std::function<void(const LogRows&)>& take);

}  // namespace assay::simulator
