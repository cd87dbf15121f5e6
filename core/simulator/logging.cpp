#include "simulator/logging.h"

#include <algorithm>

#include "simulator/click_models.h"
#include "simulator/draws.h"
#include "simulator/exponential.h"

namespace assay::simulator {
namespace {

using enum task::LoggingKind;

size_t largest(const std::vector<float>& weights) {
  return static_cast<size_t>(std::ranges::max_element(weights) - weights.begin());
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

/// Weights that do not change while a slate is drawn: of epsilon_greedy, which does not draw by
/// weights, they only say which item is the best.
void LoggingPolicy::weigh(const Taste& taste, std::span<const int32_t> items) {
  const task::LoggingSpec& logging = world_.spec().logging;
  weight_.assign(items.size(), 1.0F);
  if (logging.policy == uniform) return;
  world_.believed_scores(taste, items, weight_);
  const float top = *std::ranges::max_element(weight_);
  const float scale =
      logging.policy == softmax ? static_cast<float>(1 / logging.temperature) : 1.0F;
  for (float& weight : weight_) weight = exponential((weight - top) * scale);
}

float LoggingPolicy::greedy_weight(size_t best, size_t item, size_t left) const {
  const auto epsilon = static_cast<float>(world_.spec().logging.epsilon);
  return epsilon / static_cast<float>(left) + (item == best ? 1 - epsilon : 0);
}

void LoggingPolicy::draw(const Request& request, const Taste& taste, std::span<const int32_t> items,
                         std::span<int32_t> slate, std::span<float> propensity) {
  const task::SimulatorSpec& spec = world_.spec();
  weigh(taste, items);
  std::vector<float> greedy;
  for (size_t place = 0; place < slate.size(); ++place) {
    const auto words = drawn(spec.seed, Draw::log, static_cast<uint32_t>(day_of(request.time_us)),
                             static_cast<uint32_t>(request.number), static_cast<uint32_t>(place));
    const std::vector<float>* weights = &weight_;
    if (spec.logging.policy == epsilon_greedy) {
      const size_t best = largest(weight_), left = items.size() - place;
      greedy.assign(items.size(), 0);
      for (size_t i = 0; i < items.size(); ++i)
        if (weight_[i] > 0) greedy[i] = greedy_weight(best, i, left);
      weights = &greedy;
    }
    const float total = total_of(*weights);
    const size_t chosen = place_of(*weights, total, unit(words[0]));
    slate[place] = items[chosen];
    propensity[place] = std::min((*weights)[chosen] / total, 1.0F);
    weight_[chosen] = 0;
  }
}

void LoggingPolicy::first(const Taste& taste, std::span<const int32_t> items,
                          std::span<float> out) {
  weigh(taste, items);
  const bool greedy = world_.spec().logging.policy == epsilon_greedy;
  const size_t best = largest(weight_);
  const float total = total_of(weight_);
  for (size_t i = 0; i < items.size(); ++i)
    out[i] = greedy ? greedy_weight(best, i, items.size()) : weight_[i] / total;
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
