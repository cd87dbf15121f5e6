#include "dataset/prepared_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

#include "dataset/dense_ids.h"
#include "dataset/features.h"
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
                         const std::string& name) {
  if (!parts.data.file().has(kind + "." + name)) return {};
  const auto values = parts.data.file().array<T>(kind + "." + name);
  std::vector<T> out;
  for (int32_t row : parts.rows(kind)) out.push_back(values[row]);
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

/// Collects the tensors of a prepared file; keeps alive what it makes for them.
class Writing {
 public:
  Writing(const PreparedParts& parts, const task::DatasetSpec& dataset)
      : parts_(parts), dataset_(dataset) {}

  void add_events();
  json add_entities(const std::string& kind);
  void add_requests(task::Window window);
  void add_lists();
  void write(json info, const std::string& path);

 private:
  void add_rows(const std::string& prefix, const RaggedColumns& rows) {
    out_.add(prefix + ".values", rows.values);
    out_.add(prefix + ".offsets", rows.offsets);
  }

  const PreparedParts& parts_;
  const task::DatasetSpec& dataset_;
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

void Writing::add_requests(task::Window window) {
  const RequestSet& set = parts_.requests[static_cast<size_t>(window)];
  const std::string prefix = fmt::format("requests.{}", name_of(window));
  out_.add(prefix + ".user", set.user);
  out_.add(prefix + ".time_us", set.time_us);
  add_rows(prefix + ".history", set.history);
  if (parts_.events.has_times()) out_.add(prefix + ".history.time_us", set.history_time_us);
  if (!parts_.events.types.empty()) out_.add(prefix + ".history.type", set.history_type);
  if (parts_.events.target_is_type) {
    add_rows(prefix + ".typed", set.typed);
    if (parts_.events.has_times()) out_.add(prefix + ".typed.time_us", set.typed_time_us);
    out_.add(prefix + ".typed.type", set.typed_type);
  }
  add_rows(prefix + ".excluded", set.excluded);
  add_rows(prefix + ".truth", set.truth);
  for (size_t t = 0; t < set.targets.size(); ++t) {
    add_rows(prefix + ".target." + dataset_.targets[t + 1].name, set.targets[t]);
  }
}

void Writing::add_lists() {
  for (const auto& [name, by_window] : parts_.lists) {
    for (task::Window window : kRequestWindows) {
      const RankedLists& lists = by_window[static_cast<size_t>(window)];
      const std::string prefix = fmt::format("lists.{}.{}", name, name_of(window));
      add_rows(prefix, lists.item);
      out_.add(prefix + ".scores", lists.score);
    }
  }
}

void Writing::write(json info, const std::string& path) {
  out_.note("info", info.dump(-1, ' ', false, json::error_handler_t::replace));
  out_.write(path);
}

}  // namespace

PreparedParts::PreparedParts(ImportedData imported)
    : data(std::move(imported)),
      user_rows(all_rows(data.users())),
      item_rows(all_rows(data.items())) {}

void PreparedParts::keep(const Survivors& who) {
  keep_rows(user_rows, who.user);
  keep_rows(item_rows, who.item);
}

std::vector<uint8_t> PreparedParts::listed(const std::string& kind) const {
  return column_of<uint8_t>(*this, kind, "listed");
}

std::vector<int64_t> PreparedParts::known_since(const std::string& kind) const {
  return column_of<int64_t>(*this, kind, "known_since_us");
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
  return select(data.ids(kind), rows(kind));
}

IdNames PreparedParts::names(const std::string& kind) const {
  return [texts = data.ids(kind), &mine = rows(kind)](int64_t id) {
    return std::string(texts[mine[id]]);
  };
}

void PreparedParts::add_lists(const std::string& name, const ImportedRef& list,
                              const std::string& where) {
  const ImportedData imported = ImportedData::open(list.path);
  check_lists(imported, data, name, where);
  const TextColumn users = ids("user"), items = ids("item");
  const IdMap user_map(users.view()), item_map(items.view());
  const UnknownQueries unknown = unknown_queries(imported, user_map);
  json info = {{"hash", list.key},
               {"queries", unknown.queries},
               {"unknown_queries", unknown.unknown},
               {"first_unknown", unknown.first},
               {"notes", list.info.contains("notes") ? list.info.at("notes") : json::array()}};
  if (unknown.unknown > 0) {
    removed.push_back({{"step", "lists." + name},
                       {"reason", "lists of users that are not in the data set"},
                       {"users", unknown.unknown},
                       {"items", 0},
                       {"events", unknown.entries}});
  }
  for (task::Window window : kRequestWindows) {
    const auto place = static_cast<size_t>(window);
    RankedLists& cut = lists[name][place];
    cut = cut_lists(imported, requests[place], users.view(), item_map);
    info["windows"][std::string(name_of(window))] = cut.counts();
    const int64_t dropped = cut.unknown + cut.repeated + cut.excluded;
    if (dropped == 0) continue;
    removed.push_back(
        {{"step", fmt::format("lists.{}.{}", name, name_of(window))},
         {"reason", fmt::format("{} entries of unknown items, {} repeated, {} excluded",
                                cut.unknown, cut.repeated, cut.excluded)},
         {"users", 0},
         {"items", 0},
         {"events", dropped}});
  }
  lists_info[name] = std::move(info);
}

void write_prepared(const PreparedParts& parts, const task::DatasetSpec& dataset, json info,
                    const std::string& path) {
  Writing writing(parts, dataset);
  writing.add_events();
  for (const char* kind : {"user", "item"}) info["features"][kind] = writing.add_entities(kind);
  for (task::Window window : kRequestWindows) writing.add_requests(window);
  writing.add_lists();

  info["users"] = parts.events.users;
  info["items"] = parts.events.items;
  info["events"] = parts.events.size();
  info["has_times"] = parts.events.has_times();
  info["event_types"] = event_types(parts.events);
  info["targets"] = json::array();
  for (const task::TargetSpec& target : dataset.targets) info["targets"].push_back(target.name);
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
  info["lists"] = parts.lists_info;
  info["files"] = parts.data.info().value("files", json::array());
  info["format"] = parts.data.info().value("format", "");
  writing.write(std::move(info), path);
}

}  // namespace assay::dataset
