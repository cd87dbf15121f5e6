#include "worker/check_sample.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "conformance/tensors.h"
#include "conformance/tiny_requests.h"
#include "error/error.h"
#include "pipeline/data_view.h"
#include "pipeline/hashing.h"

namespace assay::worker {
namespace {

using conformance::TinyData;
using conformance::TinyEvent;
using conformance::TinyRequests;
using World = conformance::TinyWorld;

constexpr int64_t kEventsOfAUser = 14;
constexpr size_t kLaterEvents = 30;
constexpr uint64_t kSeed = 1;

using Ids = std::vector<int64_t>;

/// The users and items of the sample, by their place in the tiny world.
struct Chosen {
  Ids users, items;
};

Ids in_range(int64_t size) {
  Ids ids(static_cast<size_t>(size));
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

/// Place in `chosen`, or -1, of every id below `size`.
std::vector<int32_t> places(const Ids& chosen, int64_t size, int64_t first) {
  std::vector<int32_t> place(static_cast<size_t>(size), -1);
  for (int64_t i = 0; i < first; ++i)
    place[static_cast<size_t>(chosen[static_cast<size_t>(i)])] = static_cast<int32_t>(i);
  return place;
}

void expect_size(const std::string& path, const pipeline::DataView& data) {
  if (data.users() >= World::kUsers && data.items() >= World::kItems) return;
  throw error::UserError(
      path, fmt::format("holds {} users and {} items; --data takes a sample of {} and {}. Leave "
                        "--data out, or name data with more",
                        data.users(), data.items(), World::kUsers, World::kItems));
}

/// Those that most users were positive about first.
Ids popular_items(const TrainingView& view) {
  const at::Tensor counts = view.by_item.lengths();
  const int64_t* const count = counts.const_data_ptr<int64_t>();
  Ids items = in_range(view.items);
  std::ranges::stable_sort(items, [&](int64_t a, int64_t b) { return count[a] > count[b]; });
  items.resize(World::kItems);
  return items;
}

/// Users with a positive item among the warm ones, in an order that hides how ids were given.
Ids active_users(const TrainingView& view, const std::vector<int32_t>& item_place) {
  const int64_t* const offset = view.by_user.offsets.const_data_ptr<int64_t>();
  const int64_t* const item = view.by_user.values.const_data_ptr<int64_t>();
  Ids users;
  for (int64_t user = 0; user < view.users; ++user)
    if (std::any_of(item + offset[user], item + offset[user + 1],
                    [&](int64_t i) { return item_place[static_cast<size_t>(i)] >= 0; }))
      users.push_back(user);
  std::ranges::sort(users, {}, [](int64_t user) { return pipeline::mix(kSeed, user); });
  return users;
}

Chosen choose(const std::string& path, const TrainingView& view) {
  Chosen chosen{.users = {}, .items = popular_items(view)};
  chosen.users = active_users(view, places(chosen.items, view.items, World::kWarmItems));
  if (std::ssize(chosen.users) < World::kWarmUsers)
    throw error::UserError(
        path, fmt::format("has {} users with a positive event of its {} most popular items in the "
                          "training window; --data needs {}. Leave --data out, or name other data",
                          chosen.users.size(), World::kWarmItems, World::kWarmUsers));
  std::vector<bool> taken(static_cast<size_t>(view.users));
  for (const int64_t user : chosen.users) taken[static_cast<size_t>(user)] = true;
  for (int64_t user = 0; user < view.users; ++user)
    if (!taken[static_cast<size_t>(user)]) chosen.users.push_back(user);
  chosen.users.resize(World::kUsers);
  return chosen;
}

std::vector<TinyEvent> events_of(const TrainingView& view, const Chosen& chosen) {
  const std::vector<int32_t> user_place = places(chosen.users, view.users, World::kWarmUsers);
  const std::vector<int32_t> item_place = places(chosen.items, view.items, World::kWarmItems);
  const int32_t* const user = view.user.const_data_ptr<int32_t>();
  const int32_t* const item = view.item.const_data_ptr<int32_t>();
  const int64_t* const time = view.time_us.const_data_ptr<int64_t>();
  const float* const value = view.value.const_data_ptr<float>();
  const bool* const positive = view.positive.const_data_ptr<bool>();
  Ids left(World::kWarmUsers, kEventsOfAUser);
  std::vector<TinyEvent> events;
  for (int64_t e = 0; e < view.size(); ++e) {
    const int32_t u = user_place[static_cast<size_t>(user[e])];
    const int32_t i = item_place[static_cast<size_t>(item[e])];
    if (u < 0 || i < 0 || left[static_cast<size_t>(u)]-- <= 0) continue;
    const bool kept = positive[e] && u != World::kWarmUsers - 1;
    events.push_back({u, i, time[e], value[e], kept});
  }
  return events;
}

FeatureTable rows_of(const FeatureTable& table, const Ids& rows) {
  const at::Tensor chosen = conformance::to_tensor(rows);
  FeatureTable sample{std::ssize(rows), table.columns};
  for (Feature& feature : sample.columns) {
    if (feature.values.defined()) feature.values = feature.values.index_select(0, chosen);
    if (feature.sets.rows() > 0) feature.sets = feature.sets.select(chosen);
    if (feature.texts.empty()) continue;
    std::vector<std::string> texts;
    for (const int64_t row : rows) texts.push_back(feature.texts[static_cast<size_t>(row)]);
    feature.texts = std::move(texts);
  }
  return sample;
}

}  // namespace

TinyData check_sample(const std::string& path) {
  at::set_num_threads(1);  // the checks run in forked copies of this process
  const pipeline::DataView data(dataset::PreparedData::open(path), at::Device(at::kCPU));
  expect_size(path, data);
  const TrainingView view = data.training({task::Window::train});
  const Chosen chosen = choose(path, view);
  TinyData sample{.features = {rows_of(data.features().user, chosen.users),
                               rows_of(data.features().item, chosen.items)},
                  .context = {TinyRequests::kCount, {}},
                  .events = events_of(view, chosen),
                  .later = {},
                  .targets = data.prepared().targets()};
  const auto later =
      sample.events.end() - static_cast<int64_t>(std::min(kLaterEvents, sample.events.size() / 10));
  sample.later.assign(later, sample.events.end());
  sample.events.erase(later, sample.events.end());
  return sample;
}

}  // namespace assay::worker
