#include "conformance/tiny_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "conformance/tensors.h"
#include "conformance/tiny_requests.h"

namespace assay::conformance {

namespace {

constexpr int64_t kHour = 3'600'000'000;  // in microseconds
constexpr int64_t kStart = 1'600'000'000'000'000;
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
    events.push_back({static_cast<int32_t>(user), static_cast<int32_t>(item), time, value, liked});
  }
  if (user == 3)
    events.push_back(
        {3, events.back().item, kStart + 2000 * kHour, 5, true});  // a second time, later
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

std::vector<TinyEvent> later_events() {
  TinyNumbers numbers(11);
  std::vector<TinyEvent> events;
  for (int64_t i = 0; i < 30; ++i) {
    const int64_t user = numbers.below(World::kUsers);
    const auto item = static_cast<int32_t>(draw_item(user, numbers));
    const int64_t value = 1 + numbers.below(5);
    events.push_back({static_cast<int32_t>(user), item, kStart + (3000 + i) * kHour,
                      static_cast<float>(value), value >= 4});
  }
  return events;
}

FeatureTable context_features() {
  std::vector<int32_t> device;
  std::vector<float> hour;
  for (int64_t row = 0; row < TinyRequests::kCount; ++row) {
    device.push_back(static_cast<int32_t>(row % 7 == 6 ? -1 : row % 2));
    hour.push_back(row % 13 == 5 ? kMissing : static_cast<float>(row % 24));
  }
  Feature category{.name = "device", .type = FeatureType::category, .values = to_tensor(device)};
  category.cardinality = 2;
  category.labels = {"phone", "desk"};
  return {TinyRequests::kCount,
          {category, {.name = "hour", .type = FeatureType::number, .values = to_tensor(hour)}}};
}

std::vector<TinyEvent> tiny_events() {
  TinyNumbers numbers(1);
  std::vector<TinyEvent> events;
  for (int64_t user = 0; user < World::kWarmUsers; ++user) add_events(user, numbers, events);
  std::ranges::stable_sort(events, {}, &TinyEvent::time_us);
  return events;
}

TinyData make_built_in() {
  return {.features = make_features(),
          .context = context_features(),
          .events = tiny_events(),
          .later = later_events(),
          .targets = {"click", "long_view"}};
}

}  // namespace

uint64_t TinyNumbers::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

const TinyData& TinyData::built_in() {
  static const TinyData data = make_built_in();
  return data;
}

}  // namespace assay::conformance
