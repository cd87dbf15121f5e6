#pragma once

/// A world whose truth is known: users and items with hidden factors, who comes on which day, what
/// they are eligible for, and how likely each looks at and clicks an item.
///
/// Everything is a function of the spec: each number is drawn by Philox (rules/philox.h) from what it
/// belongs to (a user, an item, a day), so that any part can be asked again alone, in any order and
/// from any number of threads. Users and items are called by their numbers, 0 to users - 1 and 0 to
/// items - 1, in the order in which they come into the world; days count from 0.
///
/// The log-odds of a click on a looked-at item are
///   logit(click_rate) + popularity(i) + affinity * <p(u, d), q(i)> / sqrt(factors),
/// p(u, d) = cos(drift d) p(u) + sin(drift d) p'(u): the taste of a user turns and keeps its length.
/// p, p' and q have independent entries of mean 0 and variance 1; the odds exp(popularity) follow a
/// Pareto distribution: popularity = popularity_skew * (e - 1) with e standard exponential.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "task/simulator_spec.h"

namespace assay::simulator {

/// Time of the first moment of day 0: 2024-01-01, UTC.
inline constexpr int64_t kFirstTimeUs = 1'704'067'200'000'000;
inline constexpr int64_t kDayUs = 86'400'000'000;

/// Someone asks for a slate.
struct Request {
  int64_t number = 0;  ///< within its day, from 0, in the order of time
  int32_t user = 0;
  int64_t session = 0;  ///< within its day; requests of a session follow each other
  int32_t shelf = 0;    ///< which of the day's sets of eligible items
  int64_t time_us = 0;  ///< since 1970, UTC
};

/// The taste of a user on a day.
using Taste = std::vector<float>;

class World {
 public:
  /// The spec was checked (config/simulator_section.cpp). Holds a few numbers an item, none a user.
  explicit World(const task::SimulatorSpec& spec);

  const task::SimulatorSpec& spec() const { return spec_; }
  int64_t days() const { return spec_.days; }
  /// How many are there on a day: those with smaller numbers.
  int32_t users(int64_t day) const;
  int32_t items(int64_t day) const;

  /// How many requests a day has: all days together have spec().events / spec().slate, rounded up.
  int64_t requests_of(int64_t day) const;
  /// Who comes on a day, in the order of time. Any day may be asked, whatever was served before.
  std::vector<Request> requests(int64_t day) const;
  /// The same one by one, for days that do not fit in memory.
  void each_request(int64_t day, const std::function<void(const Request&)>& visit) const;
  /// The eligible items of a request: spec().allowed of those that are there, ascending.
  std::vector<int32_t> shelf(int64_t day, int32_t shelf) const;

  /// Mean number of requests of a session of the user.
  double mean_session(int32_t user) const;

  Taste taste(int32_t user, int64_t day) const;
  /// P(click) of an item that the user looks at, in (0, 1).
  float click_probability(const Taste& taste, int32_t item) const;
  /// The same of several, which is faster: [items].
  void click_probabilities(const Taste& taste, std::span<const int32_t> items,
                           std::span<float> out) const;

  /// Cosine of the hidden factors of two items, in [-1, 1].
  float similarity(int32_t a, int32_t b) const;

  /// The log-odds as the logging policy believes them: of its own factors, which have the correlation
  /// spec().logging.knowledge with the hidden ones.
  void believed_scores(const Taste& taste, std::span<const int32_t> items,
                       std::span<float> out) const;

  /// What a feature file says of a user (on day 0) or of an item: spec().features of the factors with
  /// noise, and the number of the largest of them as a kind.
  struct Features {
    std::vector<float> number;
    int32_t kind = 0;
  };
  Features user_features(int32_t user) const;
  Features item_features(int32_t item) const;

 private:
  void scores(const Taste& taste, std::span<const int32_t> items, const std::vector<float>& factors,
              std::span<float> out) const;

  task::SimulatorSpec spec_;
  size_t width_;                   // floats of an item: factors, filled up to a multiple of 4
  std::vector<float> factors_;     // [items, width]
  std::vector<float> believed_;    // [items, width]
  std::vector<float> popularity_;  // [items], with logit(click_rate)
};

/// Of a time of the log, from 0.
int64_t day_of(int64_t time_us);

}  // namespace assay::simulator
