#include "conformance/tiny_world.h"

#include <ATen/ops/arange.h>

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
  std::vector<std::vector<int64_t>> by_user(static_cast<size_t>(view.users));
  std::vector<std::vector<int64_t>> by_item(static_cast<size_t>(view.items));
  std::vector<bool> user_seen(by_user.size()), item_seen(by_item.size());
  std::set<std::pair<int32_t, int32_t>> pairs;
  for (const TinyEvent& event : events) {
    user_seen[static_cast<size_t>(event.user)] = true;
    item_seen[static_cast<size_t>(event.item)] = true;
    if (!event.positive || !pairs.emplace(event.user, event.item).second) continue;
    by_user[static_cast<size_t>(event.user)].push_back(event.item);
    by_item[static_cast<size_t>(event.item)].push_back(event.user);
  }
  for (std::vector<int64_t>& users : by_item) std::ranges::sort(users);
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

/// The rows of the table, so many times, in memory of its own: a plugin that writes to it changes
/// this world alone.
FeatureTable own(FeatureTable table, int64_t copies) {
  const at::Tensor rows = at::arange(table.rows * copies, at::kLong).remainder(table.rows);
  for (Feature& feature : table.columns) {
    if (feature.values.defined()) feature.values = feature.values.index_select(0, rows);
    feature.sets = feature.sets.select(rows);
    const std::vector<std::string> texts = feature.texts;
    for (int64_t copy = 1; copy < copies; ++copy)
      feature.texts.insert(feature.texts.end(), texts.begin(), texts.end());
  }
  table.rows *= copies;
  return table;
}

// Copies of an event follow it, so that times go on rising. A user's items lie in several copies of
// the catalogue, and not in one of its own, so that a larger world has more pairs of items.
std::vector<TinyEvent> repeated(const std::vector<TinyEvent>& events, int64_t copies) {
  std::vector<TinyEvent> all;
  for (const TinyEvent& event : events) {
    for (int64_t copy = 0; copy < copies; ++copy) {
      all.push_back(event);
      all.back().user += static_cast<int32_t>(copy * World::kUsers);
      const int64_t catalogue = (copy + (event.user + 1) * (event.item + 1)) % copies;
      all.back().item += static_cast<int32_t>(catalogue * World::kItems);
    }
  }
  return all;
}

uint64_t mix(uint64_t a, uint64_t b) { return a * 1'000'003 + b; }

}  // namespace

TinyWorld::TinyWorld(Times times, const TinyData& data) : TinyWorld(times, data, 1) {}

TinyWorld::TinyWorld(Times times, const TinyData& data, int64_t copies)
    : features{own(data.features.user, copies), own(data.features.item, copies)} {
  std::vector<TinyEvent> events = repeated(data.events, copies), after = data.later;
  set_times(events, times);
  set_times(after, times);
  fill(training, events);
  training.users = kUsers * copies;
  training.items = kItems * copies;
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
