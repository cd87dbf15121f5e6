#include "conformance/tiny_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "conformance/tensors.h"
#include "hash/hash.h"

namespace assay::conformance {

namespace {

constexpr int64_t kSecond = 1'000'000;  // in microseconds
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kStart = 1'600'000'000 * kSecond;
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

using World = TinyWorld;

/// Popular items and those of one's taste come up more often.
int64_t draw_item(int64_t user, TinyNumbers& numbers) {
  for (;;) {
    const int64_t item = numbers.below(World::kWarmItems);
    const bool taste = user % World::kTastes == item % World::kTastes;
    const double wanted = (taste ? 1.0 : 0.25) / (1.0 + static_cast<double>(item) / 8);
    if (numbers.unit() < wanted) return item;
  }
}

void add_events(int64_t user, TinyNumbers& numbers, std::vector<TinyEvent>& events) {
  const int64_t wanted = 6 + numbers.below(9);
  std::set<int64_t> had;
  while (static_cast<int64_t>(had.size()) < wanted) {
    const int64_t item = draw_item(user, numbers);
    if (!had.insert(item).second) continue;
    const bool liked = user != World::kWarmUsers - 1 && numbers.unit() < 0.75;
    const int64_t time = kStart + numbers.below(2000) * kHour;
    const auto value = static_cast<float>(liked ? 4 + numbers.below(2) : 1 + numbers.below(3));
    events.push_back({static_cast<int32_t>(user), static_cast<int32_t>(item), time, value});
  }
  if (user == 3)
    events.push_back({3, events.back().item, kStart + 2000 * kHour, 5});  // a second time, later
}

Feature category(std::string name, int64_t rows, int64_t cardinality, int64_t missing_every) {
  std::vector<int32_t> values;
  for (int64_t row = 0; row < rows; ++row)
    values.push_back(
        static_cast<int32_t>(row % missing_every == missing_every - 1 ? -1 : row % cardinality));
  Feature feature{
      .name = std::move(name), .type = FeatureType::category, .values = to_tensor(values)};
  feature.cardinality = cardinality;
  for (int64_t id = 0; id < cardinality; ++id)
    feature.labels.push_back(fmt::format("{}_{}", feature.name, id));
  return feature;
}

Feature number(std::string name, int64_t rows, TinyNumbers& numbers) {
  std::vector<float> values;
  for (int64_t row = 0; row < rows; ++row)
    values.push_back(row % 11 == 7 ? kMissing : static_cast<float>(numbers.unit() * 50));
  return {.name = std::move(name), .type = FeatureType::number, .values = to_tensor(values)};
}

Feature set(std::string name, int64_t rows, TinyNumbers& numbers) {
  std::vector<std::vector<int64_t>> values;
  for (int64_t row = 0; row < rows; ++row) {
    std::set<int64_t> ids;
    for (int64_t i = row % 4; i > 0; --i) ids.insert(numbers.below(6));
    values.emplace_back(ids.begin(), ids.end());
  }
  Feature feature{.name = std::move(name), .type = FeatureType::set};
  feature.sets = to_ragged(values);
  feature.cardinality = 6;
  feature.labels = {"red", "green", "blue", "old", "new", "rare"};
  return feature;
}

Feature vector(std::string name, int64_t rows, int64_t width, TinyNumbers& numbers) {
  std::vector<float> values;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t d = 0; d < width; ++d)
      values.push_back(
          row == 13 ? kMissing
                    : static_cast<float>(numbers.unit() * 2 - 1 + (row % 3 == d % 3 ? 1 : 0)));
  return {.name = std::move(name),
          .type = FeatureType::vector,
          .values = to_tensor(values, {rows, width})};
}

Feature text(std::string name, int64_t rows) {
  Feature feature{.name = std::move(name), .type = FeatureType::text};
  for (int64_t row = 0; row < rows; ++row)
    feature.texts.push_back(row % 9 == 4 ? "" : fmt::format("{} number {}", feature.name, row));
  return feature;
}

Features make_features() {
  TinyNumbers numbers(7);
  Features features;
  features.user = {World::kUsers,
                   {category("segment", World::kUsers, 4, 10),
                    number("age", World::kUsers, numbers), set("interests", World::kUsers, numbers),
                    vector("profile", World::kUsers, 4, numbers), text("bio", World::kUsers)}};
  features.item = {World::kItems,
                   {category("genre", World::kItems, 3, 12),
                    number("price", World::kItems, numbers), set("tags", World::kItems, numbers),
                    vector("embedding", World::kItems, 8, numbers), text("title", World::kItems)}};
  return features;
}

void fill(EventSlice& slice, const std::vector<TinyEvent>& events) {
  std::vector<int32_t> user, item;
  std::vector<int64_t> time;
  std::vector<float> value;
  std::vector<bool> positive;
  for (const TinyEvent& event : events) {
    user.push_back(event.user);
    item.push_back(event.item);
    time.push_back(event.time_us);
    value.push_back(event.value);
    positive.push_back(event.value >= 4);
  }
  slice.user = to_tensor(user);
  slice.item = to_tensor(item);
  slice.time_us = to_tensor(time);
  slice.value = to_tensor(value);
  slice.positive = bool_tensor(positive);
}

void fill_matrices(TrainingView& view, const std::vector<TinyEvent>& events) {
  std::vector<std::vector<int64_t>> by_user(World::kUsers), by_item(World::kItems);
  std::vector<bool> user_seen(World::kUsers), item_seen(World::kItems);
  std::set<std::pair<int32_t, int32_t>> pairs;
  for (const TinyEvent& event : events) {
    user_seen[static_cast<size_t>(event.user)] = true;
    item_seen[static_cast<size_t>(event.item)] = true;
    if (event.value < 4 || !pairs.emplace(event.user, event.item).second) continue;
    by_user[static_cast<size_t>(event.user)].push_back(event.item);
    by_item[static_cast<size_t>(event.item)].push_back(event.user);
  }
  for (std::vector<int64_t>& users : by_item) std::ranges::sort(users);
  view.users = World::kUsers;
  view.items = World::kItems;
  view.user_seen = bool_tensor(user_seen);
  view.item_seen = bool_tensor(item_seen);
  view.by_user = to_ragged(by_user);
  view.by_item = to_ragged(by_item);
}

std::vector<TinyEvent> later_events() {
  TinyNumbers numbers(11);
  std::vector<TinyEvent> events;
  for (int64_t i = 0; i < 30; ++i) {
    const int64_t user = numbers.below(World::kUsers);
    events.push_back({static_cast<int32_t>(user), static_cast<int32_t>(draw_item(user, numbers)),
                      kStart + (3000 + i) * kHour, static_cast<float>(1 + numbers.below(5))});
  }
  return events;
}

void set_times(std::vector<TinyEvent>& events, World::Times times) {
  if (times == World::Times::real) return;
  for (TinyEvent& event : events) event.time_us = times == World::Times::none ? -1 : kStart;
}

uint64_t mix(uint64_t a, uint64_t b) { return a * 1'000'003 + b; }

}  // namespace

uint64_t TinyNumbers::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::vector<TinyEvent> tiny_events() {
  TinyNumbers numbers(1);
  std::vector<TinyEvent> events;
  for (int64_t user = 0; user < World::kWarmUsers; ++user) add_events(user, numbers, events);
  std::ranges::stable_sort(events, {}, &TinyEvent::time_us);
  return events;
}

TinyWorld::TinyWorld(Times times) : features(make_features()) {
  std::vector<TinyEvent> events = tiny_events(), after = later_events();
  set_times(events, times);
  set_times(after, times);
  fill(training, events);
  fill_matrices(training, events);
  fill(later, after);
  training.features = &features;
  training.end_us = events.back().time_us;
}

uint64_t fingerprint(const FeatureTable& table) {
  uint64_t all = 0;
  for (const Feature& feature : table.columns) {
    all = mix(all, fingerprint(feature.values));
    all = mix(all, fingerprint(feature.sets));
    for (const std::string& value : feature.texts) all = mix(all, hash::fast_hash(value));
  }
  return all;
}

uint64_t fingerprint(const Features& features) {
  return mix(fingerprint(features.user), fingerprint(features.item));
}

uint64_t TinyWorld::fingerprint() const {
  uint64_t all = assay::conformance::fingerprint(features);
  for (const at::Tensor& tensor :
       {training.user, training.item, training.time_us, training.value, training.positive,
        training.user_seen, training.item_seen, later.user, later.item, later.time_us})
    all = mix(all, assay::conformance::fingerprint(tensor));
  return mix(mix(all, assay::conformance::fingerprint(training.by_user)),
             assay::conformance::fingerprint(training.by_item));
}

}  // namespace assay::conformance
