#include "simulator/logging.h"

#include <algorithm>
#include <limits>

#include "simulator/click_models.h"
#include "simulator/draws.h"
#include "simulator/exponential.h"

namespace assay::simulator {
namespace {

using enum task::LoggingKind;

/// The score of an item that stands in the slate already.
constexpr float kTaken = -std::numeric_limits<float>::infinity();

/// The maximum in four lanes: a loop with one has a branch an item.
float maximum(const std::vector<float>& values) {
  constexpr size_t kLanes = 4;
  float lane[kLanes];
  std::ranges::fill(lane, kTaken);
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes)
    for (size_t l = 0; l < kLanes; ++l) lane[l] = std::max(lane[l], values[i + l]);
  for (; i < values.size(); ++i) lane[0] = std::max(lane[0], values[i]);
  return std::max(std::max(lane[0], lane[1]), std::max(lane[2], lane[3]));
}

size_t place_of_largest(const std::vector<float>& values) {
  return static_cast<size_t>(std::ranges::find(values, maximum(values)) - values.begin());
}

/// The place at which the running sum goes beyond `share` of the total.
size_t place_of(const std::vector<float>& weights, float total, float share) {
  float left = share * total;
  size_t last = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    last = i;
    left -= weights[i];
    if (left < 0) break;
  }
  return last;
}

float total_of(const std::vector<float>& weights) {
  float lane[4] = {};
  size_t i = 0;
  for (; i + 4 <= weights.size(); i += 4)
    for (size_t l = 0; l < 4; ++l) lane[l] += weights[i + l];
  for (; i < weights.size(); ++i) lane[0] += weights[i];
  return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

}  // namespace

void LoggingPolicy::score(const Taste& taste, std::span<const int32_t> items) {
  const task::LoggingSpec& logging = world_.spec().logging;
  weight_.assign(items.size(), 1.0F);
  if (logging.policy == uniform) return;
  world_.believed_scores(taste, items, weight_);
  if (logging.policy == epsilon_greedy) return;
  const float top = maximum(weight_);
  const auto scale = static_cast<float>(1 / logging.temperature);
  exponentials(weight_, top, scale);
}

LoggingPolicy::Drawn LoggingPolicy::by_weight(float share) {
  const float total = total_of(weight_);
  const size_t place = place_of(weight_, total, share);
  const Drawn drawn{place, std::min(weight_[place] / total, 1.0F)};
  weight_[place] = 0;
  return drawn;
}

/// The part of `share` below 1 - epsilon is the best item, what is above it any.
LoggingPolicy::Drawn LoggingPolicy::greedily(float share, size_t left) {
  const auto epsilon = static_cast<float>(world_.spec().logging.epsilon);
  const size_t best = place_of_largest(weight_);
  size_t place = best;
  if (share >= 1 - epsilon) {
    const float rest = (share - (1 - epsilon)) / epsilon;
    auto wanted = std::min(static_cast<size_t>(rest * static_cast<float>(left)), left - 1);
    place = 0;
    while (weight_[place] == kTaken || wanted-- > 0) ++place;
  }
  weight_[place] = kTaken;
  return {place, greedy_probability(place == best, left)};
}

float LoggingPolicy::greedy_probability(bool best, size_t left) const {
  const auto epsilon = static_cast<float>(world_.spec().logging.epsilon);
  return epsilon / static_cast<float>(left) + (best ? 1 - epsilon : 0);
}

void LoggingPolicy::draw(const Request& request, const Taste& taste, std::span<const int32_t> items,
                         std::span<int32_t> slate, std::span<float> propensity) {
  const task::SimulatorSpec& spec = world_.spec();
  const auto day = static_cast<uint32_t>(day_of(request.time_us));
  score(taste, items);
  for (size_t place = 0; place < slate.size(); ++place) {
    const auto words = drawn(spec.seed, Draw::log, day, static_cast<uint32_t>(request.number),
                             static_cast<uint32_t>(place));
    const Drawn one = spec.logging.policy == epsilon_greedy
                          ? greedily(unit(words[0]), items.size() - place)
                          : by_weight(unit(words[0]));
    slate[place] = items[one.place];
    propensity[place] = one.probability;
  }
}

void LoggingPolicy::first(const Taste& taste, std::span<const int32_t> items,
                          std::span<float> out) {
  score(taste, items);
  const bool greedy = world_.spec().logging.policy == epsilon_greedy;
  const size_t best = place_of_largest(weight_);
  const float total = greedy ? 1.0F : total_of(weight_);
  for (size_t i = 0; i < items.size(); ++i)
    out[i] = greedy ? greedy_probability(i == best, items.size()) : weight_[i] / total;
}

void LogRows::clear() {
  request.clear();
  for (std::vector<int32_t>* column : {&user, &item, &position, &shelf}) column->clear();
  time_us.clear();
  propensity.clear();
  click.clear();
}

namespace {

/// Serves requests one after the other; what a session's user likes is looked up once.
class DayLog {
 public:
  DayLog(const World& world, int64_t day)
      : world_(world),
        day_(day),
        policy_(world),
        slate_(static_cast<size_t>(world.spec().slate)),
        propensity_(slate_.size()),
        click_(slate_.size()) {
    for (int32_t shelf = 0; shelf < world.spec().shelves; ++shelf)
      shelves_.push_back(world.shelf(day, shelf));
    for (int64_t before = 0; before < day; ++before) first_ += world.requests_of(before);
  }

  void serve(const Request& request) {
    if (taste_.empty() || request.session != session_) taste_ = world_.taste(request.user, day_);
    session_ = request.session;
    policy_.draw(request, taste_, shelves_[static_cast<size_t>(request.shelf)], slate_,
                 propensity_);
    draw_clicks(world_, taste_, request.user, day_, slate_, click_);
    for (size_t place = 0; place < slate_.size(); ++place) {
      rows.request.push_back(first_ + request.number);
      rows.user.push_back(request.user);
      rows.item.push_back(slate_[place]);
      rows.position.push_back(static_cast<int32_t>(place) + 1);
      rows.shelf.push_back(request.shelf);
      rows.time_us.push_back(request.time_us);
      rows.propensity.push_back(propensity_[place]);
      rows.click.push_back(click_[place]);
    }
  }

  LogRows rows;

 private:
  const World& world_;
  int64_t day_;
  LoggingPolicy policy_;
  std::vector<std::vector<int32_t>> shelves_;
  int64_t first_ = 0;  // requests of earlier days
  Taste taste_;
  int64_t session_ = -1;
  std::vector<int32_t> slate_;
  std::vector<float> propensity_;
  std::vector<uint8_t> click_;
};

}  // namespace

void log_day(const World& world, int64_t day, size_t rows_at_once,
             const std::function<void(const LogRows&)>& take) {
  DayLog log(world, day);
  world.each_request(day, [&](const Request& request) {
    log.serve(request);
    if (log.rows.size() < rows_at_once) return;
    take(log.rows);
    log.rows.clear();
  });
  if (log.rows.size() > 0) take(log.rows);
}

}  // namespace assay::simulator
