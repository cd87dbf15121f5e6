#include "dataset/log_changes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "dataset/draws.h"
#include "dataset/events.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

constexpr uint32_t kDropping = 1, kDisturbing = 2;

// A target that compares the same numbers as the first one, which are an event's value.
bool follows_value(const task::DatasetSpec& dataset, size_t target) {
  const task::TargetSpec& first = dataset.targets.front();
  return !first.equals_text && dataset.targets[target].column == first.column;
}

}  // namespace

LogChanges::LogChanges(const PreparedData& data, const task::DatasetSpec& dataset)
    : kept(data.events(), 1), data_(data), dataset_(dataset) {
  const auto items = data.array<int32_t>("event.item");
  const auto users = data.array<int32_t>("event.user");
  const auto values = data.array<float>("event.value");
  item.assign(items.begin(), items.end());
  value.assign(values.begin(), values.end());
  window_ = data.array<uint8_t>("event.window");
  for (const std::string& target : data.targets())
    targets_.push_back(data.array<uint8_t>("event.target." + target));
  const bool rated = !targets_.empty() && follows_value(dataset, 0);
  std::set<float> distinct;
  std::vector<uint8_t> item_seen(data.items(), 0), user_seen(data.users(), 0);
  for (int64_t e = 0; e < events(); ++e) {
    if (!is_train(e)) continue;
    if (rated && !std::isnan(value[e])) distinct.insert(value[e]);
    item_seen[items[e]] = user_seen[users[e]] = 1;
  }
  values_.assign(distinct.begin(), distinct.end());
  for (int64_t i = 0; i < data.items(); ++i)
    if (item_seen[i]) train_items_.push_back(i);
  train_users_ = std::ranges::count(user_seen, 1);
}

bool LogChanges::is_positive(int64_t event) const {
  return targets_.empty() || target_of(0, event, value[event]) == kTargetHolds;
}

float LogChanges::nearest_value(double wanted) const {
  const auto above = std::ranges::lower_bound(values_, static_cast<float>(wanted));
  if (above == values_.begin()) return *above;
  if (above == values_.end()) return values_.back();
  return *above - wanted < wanted - *std::prev(above) ? *above : *std::prev(above);
}

std::vector<int64_t> LogChanges::kept_train() const {
  std::vector<int64_t> out;
  for (int64_t e = 0; e < events(); ++e)
    if (kept[e] && is_train(e)) out.push_back(e);
  return out;
}

void LogChanges::drop(double share, uint64_t seed) {
  for (int64_t e = 0; e < events(); ++e)
    if (is_learnable(e) && Draws(seed, kDropping, e).unit() < share) kept[e] = 0;
}

void LogChanges::disturb(const task::NoiseSpec& noise, uint64_t seed, const std::string& where) {
  const bool of_values = noise.of == task::NoiseOf::values;
  if (of_values && !has_values())
    throw error::UserError(where, "perturb.noise replaces values, and the events of " +
                                      dataset_.name +
                                      " have none that the first target compares; write of: items");
  for (int64_t e = 0; e < events(); ++e) {
    Draws draws(seed, kDisturbing, e);
    if (!is_learnable(e) || draws.unit() >= noise.share) continue;
    if (of_values)
      value[e] = values_[draws.below(std::ssize(values_))];
    else
      item[e] = static_cast<int32_t>(train_items_[draws.below(std::ssize(train_items_))]);
  }
}

uint8_t LogChanges::target_of(size_t target, int64_t like, float now) const {
  const auto before = data_.array<float>("event.value")[like];
  if (before == now || !follows_value(dataset_, target)) return targets_[target][like];
  const auto holds = target_holds(dataset_.targets[target], now);
  return holds ? static_cast<uint8_t>(*holds) : kTargetMissing;
}

void LogChanges::put(Columns& out, int64_t place, const AddedEvent& event) const {
  const float now = event.value.value_or(value[event.like]);
  out.place.push_back(place);
  out.user.push_back(event.user);
  out.item.push_back(event.item);
  out.time_us.push_back(data_.array<int64_t>("event.time_us")[place]);
  if (!data_.event_types().empty())
    out.type.push_back(data_.array<int32_t>("event.type")[event.like]);
  out.value.push_back(now);
  out.window.push_back(window_[place]);
  for (size_t t = 0; t < targets_.size(); ++t)
    out.targets[t].push_back(target_of(t, event.like, now));
}

LogChanges::Columns LogChanges::columns() const {
  std::vector<const AddedEvent*> behind;
  for (const AddedEvent& event : added) behind.push_back(&event);
  std::ranges::stable_sort(behind, {}, [](const AddedEvent* event) { return event->after; });
  Columns out;
  out.targets.resize(targets_.size());
  const auto user = data_.array<int32_t>("event.user");
  auto next = behind.begin();
  for (int64_t e = 0; e < events(); ++e) {
    if (kept[e]) put(out, e, {user[e], item[e], e, e, {}});
    for (; next != behind.end() && (*next)->after == e; ++next) put(out, e, **next);
  }
  return out;
}

}  // namespace assay::dataset
