#include "conformance/tiny_world.h"

#include <algorithm>
#include <set>

#include "conformance/tensors.h"
#include "hash/hash.h"

namespace assay::conformance {

namespace {

using World = TinyWorld;

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
    positive.push_back(event.positive);
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
    if (!event.positive || !pairs.emplace(event.user, event.item).second) continue;
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

void set_times(std::vector<TinyEvent>& events, World::Times times) {
  if (times == World::Times::real) return;
  const int64_t one = times == World::Times::none || events.empty() ? -1 : events[0].time_us;
  for (TinyEvent& event : events) event.time_us = one;
}

/// The table in memory of its own, so that a plugin that writes to it changes this world alone.
FeatureTable own(FeatureTable table) {
  for (Feature& feature : table.columns) {
    if (feature.values.defined()) feature.values = feature.values.clone();
    if (feature.sets.values.defined()) feature.sets.values = feature.sets.values.clone();
    if (feature.sets.offsets.defined()) feature.sets.offsets = feature.sets.offsets.clone();
  }
  return table;
}

uint64_t mix(uint64_t a, uint64_t b) { return a * 1'000'003 + b; }

}  // namespace

TinyWorld::TinyWorld(Times times, const TinyData& data)
    : features{own(data.features.user), own(data.features.item)} {
  std::vector<TinyEvent> events = data.events, after = data.later;
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
