#include "simulator/world.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "error/error.h"
#include "simulator/draws.h"
#include "simulator/exponential.h"

namespace assay::simulator {
namespace {

constexpr size_t kLanes = 4;

/// How many of `all` are there on a day: a share comes later, evenly.
int32_t there_on(int64_t all, double later_share, int64_t day, int64_t days) {
  const auto later = static_cast<int64_t>(static_cast<double>(all) * later_share);
  const int64_t steps = std::max<int64_t>(days - 1, 1);
  return static_cast<int32_t>(all - later + later * std::min(day, steps) / steps);
}

float chance(float log_odds) { return 1.0F / (1.0F + exponential(-log_odds)); }

/// Sum of products in four lanes, the same whatever the machine has.
inline float product(const float* a, const float* b, size_t width) {
  using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
  Lanes lane{};
  for (size_t at = 0; at < width; at += kLanes) {
    Lanes from_a, from_b;
    std::memcpy(&from_a, a + at, sizeof from_a);
    std::memcpy(&from_b, b + at, sizeof from_b);
    lane += from_a * from_b;
  }
  return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

/// Popularity and affinity of each item. Where `Width` is known the sums are unrolled.
template <size_t Width = 0>
void score_items(const float* taste, std::span<const int32_t> items, const float* factors,
                 const float* popularity, size_t width, float* out) {
  const size_t stride = Width > 0 ? Width : width;
  for (size_t i = 0; i < items.size(); ++i) {
    const auto item = static_cast<size_t>(items[i]);
    out[i] = popularity[item] + product(taste, factors + item * stride, stride);
  }
}

int32_t largest_of(std::span<const float> numbers) {
  return static_cast<int32_t>(std::ranges::max_element(numbers) - numbers.begin());
}

/// 1 or more, geometric with the mean.
int64_t geometric(uint32_t word, double mean) {
  if (mean <= 1) return 1;
  const double rest = (static_cast<double>(word) + 0.5) * 0x1p-32;
  return 1 + static_cast<int64_t>(std::log(rest) / std::log1p(-1 / mean));
}

}  // namespace

int64_t day_of(int64_t time_us) { return (time_us - kFirstTimeUs) / kDayUs; }

World::World(const task::SimulatorSpec& spec)
    : spec_(spec),
      width_((static_cast<size_t>(spec.factors) + kLanes - 1) / kLanes * kLanes),
      factors_(static_cast<size_t>(spec.items) * width_),
      believed_(factors_.size()),
      popularity_(static_cast<size_t>(spec.items)) {
  error::require(spec.users > 0 && spec.items > 0 && spec.days > 0 && spec.factors > 0,
                 "a world has users, items, days and factors");
  const auto known = static_cast<float>(spec.logging.knowledge);
  const float unknown = std::sqrt(1 - known * known);
  const auto count = static_cast<size_t>(spec.factors);
  const auto base = static_cast<float>(std::log(spec.click_rate / (1 - spec.click_rate)));
  for (size_t i = 0; i < popularity_.size(); ++i) {
    const auto id = static_cast<uint32_t>(i);
    const std::span<float> factors(&factors_[i * width_], count);
    const std::span<float> believed(&believed_[i * width_], count);
    draw_bells(spec.seed, Draw::item_factors, id, factors);
    draw_bells(spec.seed, Draw::believed_factors, id, believed);
    for (size_t f = 0; f < count; ++f) believed[f] = known * factors[f] + unknown * believed[f];
    const double rest = (drawn(spec.seed, Draw::popularity, id)[0] + 0.5) * 0x1p-32;
    popularity_[i] = base + static_cast<float>(spec.popularity_skew * (-std::log(rest) - 1));
  }
}

int32_t World::users(int64_t day) const {
  return there_on(spec_.users, spec_.new_users, day, spec_.days);
}

int32_t World::items(int64_t day) const {
  return there_on(spec_.items, spec_.new_items, day, spec_.days);
}

int64_t World::requests_of(int64_t day) const {
  const int64_t all = (spec_.events + spec_.slate - 1) / spec_.slate;
  return all * (day + 1) / spec_.days - all * day / spec_.days;
}

double World::mean_session(int32_t user) const {
  const auto words = drawn(spec_.seed, Draw::activity, static_cast<uint32_t>(user));
  const double activity = 0.25 + 1.5 * static_cast<double>(unit(words[0]));
  return 1 + (spec_.session_length - 1) * activity;
}

void World::each_request(int64_t day, const std::function<void(const Request&)>& visit) const {
  const int64_t count = requests_of(day);
  const int32_t known = users(day);
  const auto d = static_cast<uint32_t>(day);
  Request request;
  for (; request.number < count; ++request.session) {
    const auto session =
        drawn(spec_.seed, Draw::session, d, static_cast<uint32_t>(request.session));
    request.user = below(session[0], known);
    int64_t left = geometric(session[1], mean_session(request.user));
    for (; left > 0 && request.number < count; --left, ++request.number) {
      const auto own = drawn(spec_.seed, Draw::request, d, static_cast<uint32_t>(request.number));
      request.shelf = below(own[0], spec_.shelves);
      const double share = static_cast<double>(request.number) / static_cast<double>(count);
      request.time_us = kFirstTimeUs + day * kDayUs + static_cast<int64_t>(share * kDayUs);
      visit(request);
    }
  }
}

std::vector<Request> World::requests(int64_t day) const {
  std::vector<Request> all;
  all.reserve(static_cast<size_t>(requests_of(day)));
  each_request(day, [&](const Request& request) { all.push_back(request); });
  return all;
}

// Floyd's draw without replacement (Bentley and Floyd 1987).
std::vector<int32_t> World::shelf(int64_t day, int32_t shelf) const {
  const int32_t there = items(day);
  const auto wanted = static_cast<int32_t>(std::min<int64_t>(spec_.allowed, there));
  std::vector<int32_t> out;
  std::vector<uint8_t> taken(static_cast<size_t>(there));
  for (int32_t last = there - wanted; last < there; ++last) {
    const auto word = drawn(spec_.seed, Draw::shelf, static_cast<uint32_t>(day),
                            static_cast<uint32_t>(shelf), static_cast<uint32_t>(last))[0];
    int32_t item = below(word, int64_t{last} + 1);
    if (taken[static_cast<size_t>(item)] != 0) item = last;
    taken[static_cast<size_t>(item)] = 1;
    out.push_back(item);
  }
  std::ranges::sort(out);
  return out;
}

Taste World::taste(int32_t user, int64_t day) const {
  const auto count = static_cast<size_t>(spec_.factors);
  Taste out(width_), turned(count);
  draw_bells(spec_.seed, Draw::taste, static_cast<uint32_t>(user), {out.data(), count});
  draw_bells(spec_.seed, Draw::turned_taste, static_cast<uint32_t>(user), turned);
  const double angle = spec_.drift * static_cast<double>(day);
  const auto stays = static_cast<float>(std::cos(angle));
  const auto turns = static_cast<float>(std::sin(angle));
  const auto weight =
      static_cast<float>(spec_.affinity / std::sqrt(static_cast<double>(spec_.factors)));
  for (size_t f = 0; f < count; ++f) out[f] = weight * (stays * out[f] + turns * turned[f]);
  return out;
}

void World::scores(const Taste& taste, std::span<const int32_t> items,
                   const std::vector<float>& factors, std::span<float> out) const {
  const auto score = width_ == 8 ? score_items<8> : width_ == 16 ? score_items<16> : score_items<>;
  score(taste.data(), items, factors.data(), popularity_.data(), width_, out.data());
}

float World::click_probability(const Taste& taste, int32_t item) const {
  float out = 0;
  click_probabilities(taste, {&item, 1}, {&out, 1});
  return out;
}

void World::click_probabilities(const Taste& taste, std::span<const int32_t> items,
                                std::span<float> out) const {
  scores(taste, items, factors_, out);
  for (size_t i = 0; i < items.size(); ++i) out[i] = chance(out[i]);
}

float World::similarity(int32_t a, int32_t b) const {
  const float* const one = &factors_[static_cast<size_t>(a) * width_];
  const float* const other = &factors_[static_cast<size_t>(b) * width_];
  const float lengths = std::sqrt(product(one, one, width_) * product(other, other, width_));
  return lengths > 0 ? std::clamp(product(one, other, width_) / lengths, -1.0F, 1.0F) : 0;
}

void World::believed_scores(const Taste& taste, std::span<const int32_t> items,
                            std::span<float> out) const {
  scores(taste, items, believed_, out);
}

World::Features World::user_features(int32_t user) const {
  const auto count = static_cast<size_t>(spec_.features);
  Features out{std::vector<float>(count), 0};
  std::vector<float> factors(static_cast<size_t>(spec_.factors)), noise(count);
  draw_bells(spec_.seed, Draw::taste, static_cast<uint32_t>(user), factors);
  draw_bells(spec_.seed, Draw::user_noise, static_cast<uint32_t>(user), noise);
  const auto scale = static_cast<float>(spec_.feature_noise);
  for (size_t f = 0; f < count; ++f) out.number[f] = factors[f] + scale * noise[f];
  if (count > 0) out.kind = largest_of(out.number);
  return out;
}

World::Features World::item_features(int32_t item) const {
  const auto count = static_cast<size_t>(spec_.features);
  Features out{std::vector<float>(count), 0};
  std::vector<float> noise(count);
  draw_bells(spec_.seed, Draw::item_noise, static_cast<uint32_t>(item), noise);
  const auto scale = static_cast<float>(spec_.feature_noise);
  for (size_t f = 0; f < count; ++f)
    out.number[f] = factors_[static_cast<size_t>(item) * width_ + f] + scale * noise[f];
  if (count > 0) out.kind = largest_of(out.number);
  return out;
}

}  // namespace assay::simulator
