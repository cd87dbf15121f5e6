#include "dataset/prepared_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

#include "dataset/dense_ids.h"
#include "dataset/features.h"
#include "dataset/ranked_lists.h"
#include "dataset/safetensors.h"
#include "dataset/statistics.h"
#include "dataset/time.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

constexpr std::array kRequestWindows = {task::Window::rank, task::Window::validation,
                                        task::Window::test};

// A longer vector is an embedding, no place of which says much.
constexpr int64_t kNumbersOfVectors = 16;

template <typename T>
std::vector<T> column_of(const PreparedParts& parts, const std::string& kind,
                         const std::string& name, T missing) {
  if (!parts.data.file().has(kind + "." + name)) return {};
  const auto values = parts.data.file().array<T>(kind + "." + name);
  std::vector<T> out;
  for (int32_t row : parts.rows(kind)) out.push_back(row < 0 ? missing : values[row]);
  return out;
}

std::vector<int32_t> all_rows(int64_t count) {
  std::vector<int32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

void keep_rows(std::vector<int32_t>& rows, const std::vector<int32_t>& new_ids) {
  std::vector<int32_t> kept;
  for (size_t id = 0; id < rows.size(); ++id) {
    if (new_ids[id] >= 0) kept.push_back(rows[id]);
  }
  rows = std::move(kept);
}

json window_info(const PreparedParts& parts, task::Window window) {
  const Events& events = parts.events;
  std::vector<uint8_t> user(events.users, 0), item(events.items, 0);
  int64_t count = 0, positives = 0, first = -1, last = -1;
  for (size_t event = 0; event < events.size(); ++event) {
    if (events.window_of(event) != window) continue;
    ++count;
    positives += events.positive(event);
    user[events.user[event]] = item[events.item[event]] = 1;
    if (!events.has_times()) continue;
    if (first < 0) first = events.time_us[event];
    last = events.time_us[event];
  }
  const RequestSet& requests = parts.requests[static_cast<size_t>(window)];
  return {{"events", count},
          {"positives", positives},
          {"users", std::ranges::count(user, 1)},
          {"items", std::ranges::count(item, 1)},
          {"first_time_s", seconds_of(first)},
          {"last_time_s", seconds_of(last)},
          {"requests", requests.size()},
          {"truth", requests.truth.values.size()}};
}

json event_types(const Events& events) {
  std::vector<int64_t> count(events.types.size(), 0);
  for (const int32_t type : events.type) ++count[type];
  json out = json::array();
  for (size_t type = 0; type < count.size(); ++type)
    out.push_back({{"name", events.types[type]}, {"events", count[type]}});
  return out;
}

// A number, a category (as a number too where its labels are), the places of a short vector.
void add_values(const char* kind, const FeatureView& feature, const std::vector<int32_t>& rows,
                std::vector<FeatureValues>& out) {
  const bool vector = feature.type == "vector" && feature.width <= kNumbersOfVectors;
  if (feature.type != "number" && feature.type != "category" && !vector) return;
  FeatureColumn kept = select(feature, rows);
  if (!vector) {
    out.push_back({kind, feature.name, std::move(kept.number), std::move(kept.category)});
    const std::vector<float> numbers = numbers_of(feature.labels);
    if (numbers.empty()) return;
    for (const int32_t label : out.back().category)
      out.back().number.push_back(label < 0 ? std::nanf("") : numbers[label]);
    return;
  }
  for (int64_t place = 0; place < feature.width; ++place) {
    out.push_back({kind, fmt::format("{}[{}]", feature.name, place), {}});
    for (size_t row = 0; row < rows.size(); ++row)
      out.back().number.push_back(kept.number[row * feature.width + place]);
  }
}

// Where the windows of a fold end among the events.
json window_ends(const std::vector<uint8_t>& window) {
  json ends = json::array();
  for (uint8_t last = 0; last < kWindows; ++last)
    ends.push_back(std::ranges::count_if(window, [&](uint8_t w) { return w <= last; }));
  return ends;
}

// What requests are labelled with.
std::vector<std::string> labels_of(const PreparedParts& parts, const task::DatasetSpec& dataset) {
  std::vector<std::string> out;
  const bool logged = !parts.requests[static_cast<size_t>(task::Window::test)].logged.empty();
  if (logged)
    for (const LabelView& label : parts.logged->table.labels()) out.push_back(label.name);
  else
    for (const task::TargetSpec& target : dataset.targets) out.push_back(target.name);
  return out;
}

/// Collects the tensors of a prepared file; keeps alive what it makes for them.
class Writing {
 public:
  Writing(const PreparedParts& parts, const task::DatasetSpec& dataset)
      : parts_(parts), dataset_(dataset), labels_(labels_of(parts, dataset)) {}

  void add_events();
  json add_entities(const std::string& kind);
  void add_window(task::Window window) {
    add_requests(out_, window, parts_.requests[static_cast<size_t>(window)], parts_.events,
                 labels_);
  }
  void write(json info, const std::string& path);

 private:
  const PreparedParts& parts_;
  const task::DatasetSpec& dataset_;
  const std::vector<std::string> labels_;
  SafetensorsWriter out_;
  LargeVector<int64_t> no_times_;
  std::deque<TextColumn> texts_;
  std::deque<FeatureColumn> features_;
};

void Writing::add_events() {
  const Events& events = parts_.events;
  if (!events.has_times()) no_times_.append(events.size(), -1);
  out_.add("event.user", events.user);
  out_.add("event.item", events.item);
  out_.add("event.time_us",
           std::span<const int64_t>(events.has_times() ? events.time_us : no_times_));
  if (!events.types.empty()) out_.add("event.type", events.type);
  out_.add("event.value", events.value);
  out_.add("event.window", events.window);
  for (size_t t = 0; t < events.targets.size(); ++t) {
    out_.add("event.target." + dataset_.targets[t].name, events.targets[t]);
  }
}

json Writing::add_entities(const std::string& kind) {
  texts_.push_back(parts_.ids(kind));
  out_.add_text(kind + ".id.text", kind + ".id.offsets", texts_.back().view());
  std::vector<FeatureView> views;
  for (const FeatureView& feature :
       features_in(parts_.data.file(), kind, parts_.data.info().at("features").at(kind))) {
    features_.push_back(select(feature, parts_.rows(kind)));
    views.push_back(view_of(features_.back()));
    add_feature(out_, kind, views.back());
  }
  return feature_info(views);
}

void Writing::write(json info, const std::string& path) {
  out_.note("info", info.dump(-1, ' ', false, json::error_handler_t::replace));
  out_.write(path);
}

}  // namespace

void add_requests(SafetensorsWriter& out, task::Window window, const RequestSet& set,
                  const Events& events, const std::vector<std::string>& labels) {
  const std::string prefix = fmt::format("requests.{}", name_of(window));
  const auto add_rows = [&](const std::string& name, const RaggedColumns& rows) {
    out.add(prefix + name + ".values", rows.values);
    out.add(prefix + name + ".offsets", rows.offsets);
  };
  out.add(prefix + ".user", set.user);
  out.add(prefix + ".time_us", set.time_us);
  add_rows(".history", set.history);
  if (events.has_times()) out.add(prefix + ".history.time_us", set.history_time_us);
  if (!events.types.empty()) out.add(prefix + ".history.type", set.history_type);
  if (events.target_is_type) {
    add_rows(".typed", set.typed);
    if (events.has_times()) out.add(prefix + ".typed.time_us", set.typed_time_us);
    out.add(prefix + ".typed.type", set.typed_type);
  }
  add_rows(".excluded", set.excluded);
  add_rows(".truth", set.truth);
  if (!set.logged.empty()) out.add(prefix + ".logged", set.logged);
  for (size_t t = 0; t < set.targets.size(); ++t)
    add_rows(".target." + labels.at(t + 1), set.targets[t]);
}

PreparedParts::PreparedParts(ImportedData imported)
    : data(std::move(imported)),
      user_rows(all_rows(data.users())),
      item_rows(all_rows(data.items())) {}

void PreparedParts::keep(const Survivors& who) {
  keep_rows(user_rows, who.user);
  keep_rows(item_rows, who.item);
}

std::vector<uint8_t> PreparedParts::listed(const std::string& kind) const {
  return column_of<uint8_t>(*this, kind, "listed", 0);
}

std::vector<int64_t> PreparedParts::known_since(const std::string& kind) const {
  return column_of<int64_t>(*this, kind, "known_since_us", -1);
}

std::vector<FeatureValues> PreparedParts::feature_values() const {
  std::vector<FeatureValues> out;
  for (const char* kind : {"user", "item"}) {
    for (const FeatureView& feature :
         features_in(data.file(), kind, data.info().at("features").at(kind)))
      add_values(kind, feature, rows(kind), out);
  }
  return out;
}

TextColumn PreparedParts::ids(const std::string& kind) const {
  const TextView known = data.ids(kind);
  const TextColumn& added = new_ids(kind);
  TextColumn out;
  for (const int32_t row : rows(kind)) out.add(row < 0 ? added[-1 - row] : known[row]);
  return out;
}

IdNames PreparedParts::names(const std::string& kind) const {
  return [texts = data.ids(kind), &mine = rows(kind), &added = new_ids(kind)](int64_t id) {
    return std::string(mine[id] < 0 ? added[-1 - mine[id]] : texts[mine[id]]);
  };
}

namespace {

// Ids of a table to dense ids; those that the events lack get the next ones.
std::vector<int32_t> joined(const TextView& ids, const PreparedParts& parts,
                            const std::string& kind, std::vector<int32_t>& rows,
                            TextColumn& added) {
  const IdMap dense(parts.ids(kind).view()), imported(parts.data.ids(kind));
  std::vector<int32_t> out;
  for (int64_t id = 0; id < ids.size(); ++id) {
    int32_t place = dense.interner.find(ids[id]);
    if (place < 0) {
      place = static_cast<int32_t>(rows.size());
      const int32_t known = imported.interner.find(ids[id]);  // that a filter took out
      rows.push_back(known >= 0 ? known : static_cast<int32_t>(-1 - added.size()));
      if (known < 0) added.add(ids[id]);
    }
    out.push_back(place);
  }
  return out;
}

}  // namespace

void PreparedParts::join_logged() {
  logged->user_of = joined(logged->table.ids("user"), *this, "user", user_rows, new_users);
  logged->item_of = joined(logged->table.ids("item"), *this, "item", item_rows, new_items);
  logged->new_users = std::ssize(user_rows) - events.users;
  logged->new_items = std::ssize(item_rows) - events.items;
  events.users = std::ssize(user_rows);
  events.items = std::ssize(item_rows);
}

void write_prepared(const PreparedParts& parts, const task::DatasetSpec& dataset, json info,
                    const std::string& path) {
  Writing writing(parts, dataset);
  writing.add_events();
  for (const char* kind : {"user", "item"}) info["features"][kind] = writing.add_entities(kind);
  for (task::Window window : kRequestWindows) writing.add_window(window);

  info["users"] = parts.events.users;
  info["items"] = parts.events.items;
  info["events"] = parts.events.size();
  info["has_times"] = parts.events.has_times();
  info["event_types"] = event_types(parts.events);
  info["targets"] = json::array();
  for (const task::TargetSpec& target : dataset.targets) info["targets"].push_back(target.name);
  if (const auto labels = labels_of(parts, dataset); info["targets"] != labels)
    info["labels"] = labels;
  for (task::Window window :
       {task::Window::train, task::Window::rank, task::Window::validation, task::Window::test}) {
    info["windows"][std::string(name_of(window))] = window_info(parts, window);
  }
  for (const task::Window window : kRequestWindows) {
    info["distinct_histories"][std::string(name_of(window))] =
        are_distinct(parts.requests[static_cast<size_t>(window)].history, parts.events.items);
  }
  info["earlier_folds"] = json::array();
  for (const auto& fold : parts.events.earlier) info["earlier_folds"].push_back(window_ends(fold));
  info["audit"] = parts.audit;
  info["description"] = to_json(statistics(parts.data));
  info["removed"] = parts.removed;
  info["files"] = parts.data.info().value("files", json::array());
  info["format"] = parts.data.info().value("format", "");
  writing.write(std::move(info), path);
}

}  // namespace assay::dataset
