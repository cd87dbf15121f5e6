#include "dataset/prepare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>

#include "dataset/audit.h"
#include "dataset/cache.h"
#include "dataset/cache_use.h"
#include "dataset/clean.h"
#include "dataset/disk_space.h"
#include "dataset/events.h"
#include "dataset/feature_coverage.h"
#include "dataset/filter.h"
#include "dataset/fit_windows.h"
#include "dataset/knowing_lists.h"
#include "dataset/learning_sizes.h"
#include "dataset/logged_rows.h"
#include "dataset/prepared.h"
#include "dataset/prepared_identity.h"
#include "dataset/prepared_writer.h"
#include "dataset/ranked_lists.h"
#include "dataset/split.h"
#include "error/error.h"
#include "text/thousands.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

std::string events_of(const Events& events) {
  return fmt::format("{} events of {} users and {} items", text::thousands(std::ssize(events.user)),
                     text::thousands(events.users), text::thousands(events.items));
}

void filter_step(PreparedParts& parts, const task::DatasetSpec& dataset) {
  const Survivors who =
      filter_events(parts.events, dataset.filter, parts.listed("user"), parts.listed("item"));
  if (who.all()) return;
  Events kept = compact(parts.events, who.user, who.item);
  const std::string text = filter_text(dataset.filter);
  if (kept.size() == 0) {
    throw error::UserError(dataset.where, fmt::format("filter removes all of {}: {}; lower it",
                                                      events_of(parts.events), text));
  }
  parts.removed.push_back({{"step", "filter"},
                           {"reason", text},
                           {"users", who.users_removed},
                           {"items", who.items_removed},
                           {"events", parts.events.size() - kept.size()}});
  parts.keep(who);
  parts.events = std::move(kept);
}

// The import dropped them.
void missing_times_step(PreparedParts& parts, const task::DatasetSpec& dataset) {
  if (!dataset.clean.missing_times) return;
  if (!parts.events.has_times()) {
    throw error::UserError(dataset.where,
                           "clean.missing_times needs times, and the events have none");
  }
  parts.removed.push_back({{"step", "clean"},
                           {"reason", "missing_times"},
                           {"users", 0},
                           {"items", 0},
                           {"events", parts.data.info().at("missing_times")}});
}

void clean_step(PreparedParts& parts, const task::DatasetSpec& dataset) {
  if (clean_identity(dataset.clean) == clean_identity({})) return;
  const bool has_value = !value_column(parts.data.info(), dataset).empty();
  Cleaned cleaned = clean_events(parts.events, dataset.clean, has_value, parts.listed("user"),
                                 parts.listed("item"), dataset.where);
  parts.keep(cleaned.who);
  parts.events = std::move(cleaned.events);
  for (json& row : cleaned.removed) parts.removed.push_back(std::move(row));
}

// What comes after a fold is not known to it: neither events nor who has no other.
void drop_later(PreparedParts& parts, const task::SplitSpec& split) {
  std::vector<uint8_t> known(parts.events.size());
  for (size_t e = 0; e < known.size(); ++e) known[e] = parts.events.window[e] != kLater;
  const int64_t later = std::ranges::count(known, 0);
  if (later == 0) return;
  const Survivors who =
      with_events(parts.events, known, parts.listed("user"), parts.listed("item"));
  parts.removed.push_back({{"step", "split"},
                           {"reason", fmt::format("after fold {} of {}", split.fold, split.folds)},
                           {"users", who.users_removed},
                           {"items", who.items_removed},
                           {"events", later}});
  parts.events = compact(keep_events(parts.events, known), who.user, who.item);
  parts.keep(who);
}

std::vector<uint8_t> windows_of(PreparedParts& parts, const task::DatasetSpec& dataset,
                                const task::SplitSpec& split, uint64_t seed) {
  if (!is_logged_alone(dataset)) return split_events(parts.events, split, seed, dataset.where);
  split_requests(split, seed, dataset.where, *parts.logged);
  return windows_of_events(parts.events, *parts.logged);
}

void filter_and_split(PreparedParts& parts, const task::DatasetSpec& dataset, uint64_t seed) {
  if (parts.events.size() == 0) throw error::UserError(dataset.where, "the data has no event");
  const bool before = dataset.filter.scope == task::FilterScope::all;
  if (before) filter_step(parts, dataset);
  task::SplitSpec earlier = dataset.split;
  for (earlier.fold = 1; earlier.fold < dataset.split.fold; ++earlier.fold)
    parts.events.earlier.push_back(windows_of(parts, dataset, earlier, seed));
  parts.events.window = windows_of(parts, dataset, dataset.split, seed);
  if (parts.logged && !is_logged_alone(dataset))
    assign_windows(parts.events, window_starts(parts.events), dataset.split, dataset.where,
                   *parts.logged);
  drop_later(parts, dataset.split);
  if (!before) filter_step(parts, dataset);
}

void request_step(PreparedParts& parts, const task::DatasetSpec& dataset,
                  const task::TrafficSpec& traffic) {
  if (traffic.requests == task::RequestUnit::per_session && !parts.events.has_times()) {
    throw error::UserError(
        dataset.where,
        "traffic.requests is per_session, which needs times, and the events have none; "
        "use per_event (file order counts) or per_user");
  }
  if (parts.logged) parts.join_logged();
  parts.warm = find_warm(parts.events);
  const bool logged = traffic.requests == task::RequestUnit::logged;
  for (task::Window window : {task::Window::rank, task::Window::validation, task::Window::test}) {
    RequestSet& set = parts.requests[static_cast<size_t>(window)];
    set = logged ? build_logged_requests(*parts.logged, parts.events, parts.warm, window,
                                         dataset.evaluate_on, traffic)
                 : build_requests(parts.events, parts.warm, window, dataset.evaluate_on, traffic);
    if (set.without_truth > 0)
      parts.removed.push_back({{"step", fmt::format("requests.{}", name_of(window))},
                               {"reason", "logged requests without a positive row"},
                               {"users", 0},
                               {"items", 0},
                               {"events", set.without_truth}});
    if (set.truth_left_out == 0) continue;
    parts.removed.push_back(
        {{"step", fmt::format("evaluate_on.{}", name_of(window))},
         {"reason", fmt::format("users: {}, items: {}", name_of(dataset.evaluate_on.users),
                                name_of(dataset.evaluate_on.items))},
         {"users", set.users_left_out},
         {"items", 0},
         {"events", set.truth_left_out}});
  }
}

// The path of another file in the folder of `path`.
std::string beside(const std::string& path, const std::string& name) {
  return (std::filesystem::path(path).parent_path() / name).string();
}

void make_prepared(const std::string& path, const std::string& key, const ImportedRef& ref,
                   const task::DatasetSpec& dataset, const task::TrafficSpec& traffic,
                   const task::FitOn& fit_on, uint64_t seed, const ImportedRef* impressions) {
  PreparedParts parts(ImportedData::open(ref.path));
  if (impressions) parts.logged.emplace(Impressions::open(impressions->path));
  parts.events = read_events(parts.data, dataset);
  missing_times_step(parts, dataset);
  clean_step(parts, dataset);
  filter_and_split(parts, dataset, seed);
  request_step(parts, dataset, traffic);
  const RequestSet& test = parts.requests[static_cast<size_t>(task::Window::test)];
  if (test.size() == 0 && traffic.requests == task::RequestUnit::logged &&
      test.truth_left_out + test.users_left_out == 0)
    no_logged_test_request(*parts.logged, test.without_truth, dataset.where);
  if (test.size() == 0) no_test_request(parts.events, dataset);
  // Reasons for a leak are no part of the file: they may change without making it anew.
  std::vector<AuditFinding> findings = audit({.events = parts.events,
                                              .test = test,
                                              .warm = parts.warm,
                                              .split = dataset.split,
                                              .clean = dataset.clean,
                                              .filter = dataset.filter,
                                              .traffic = traffic,
                                              .users_known_since = parts.known_since("user"),
                                              .items_known_since = parts.known_since("item"),
                                              .features = parts.feature_values(),
                                              .logged = parts.logged ? &*parts.logged : nullptr,
                                              .user_id = parts.names("user"),
                                              .item_id = parts.names("item")});
  const auto files = feature_coverage_of(parts.data.info().value("feature_files", json::array()));
  if (!files.empty()) findings.push_back(feature_rows(files));
  parts.audit = audit_json(findings);
  json sizes = json::object();
  for (const auto* windows : {&fit_on.recall, &fit_on.final})
    if (!windows->empty()) sizes[windows_name(*windows)] = learning_sizes(parts.events, *windows);
  json info = {{"key", key}, {"data_hash", ref.key}, {"learning_sizes", sizes}};
  if (impressions) {
    const std::string logged = logged_rows_key(key, *impressions);
    info["candidates"] = name_of(traffic.candidates);
    info["impressions"] = cache_file(logged, kImpressionsLayout);
    write_logged_rows(*parts.logged, logged, beside(path, info.at("impressions")));
  }
  write_prepared(parts, dataset, std::move(info), path);
}

// Whether the table that a prepared file names is whole; true where there is no such file.
bool logged_rows_are_there(const std::string& prepared) {
  if (!std::filesystem::exists(prepared)) return true;
  try {
    const json info = PreparedData::open(prepared).info();
    const std::string path = beside(prepared, info.at("impressions").get<std::string>());
    return std::filesystem::exists(path) && SafetensorsFile::open(path).intact();
  } catch (const error::UserError&) {
    return true;  // find_or_make sees to it
  }
}

void check_learning(const json& info, const task::DatasetSpec& dataset,
                    const std::vector<task::Window>& windows, const std::string& key) {
  for (const task::Window window : windows)
    check_fit_window(info, dataset.split, window, key, false, dataset.where);
  check_positives(info, dataset, windows, key);
}

// Of the prepared file, without what requests and targets add: the columns of the events, and ids
// and features as they were imported.
int64_t least_bytes(const ImportedData& data) {
  constexpr int64_t kEventBytes = 4 + 4 + 8 + 4 + 1;  // user, item, time, value, window
  int64_t bytes = kEventBytes * data.events();
  for (const std::string& name : data.file().names())
    if (!name.starts_with("event.")) bytes += std::ssize(data.file().tensor(name).bytes);
  return bytes;
}

// What it was made of may have come in other files, beside other columns.
void tell_of_files(const ImportedRef& data, json& info) {
  info["data_hash"] = data.key;
  info["files"] = data.info.value("files", json::array());
  info["format"] = data.info.value("format", "");
}

void add_lists(PreparedRef& out, const ImportedRef& data,
               const std::map<std::string, ImportedRef>& lists, const task::DatasetSpec& dataset,
               const std::string& cache_dir, const Notice& notice) {
  json all = json::object();
  for (const auto& [name, list] : lists) {
    const CutListsRef& cut = out.lists[name] = find_cut_lists(
        {name, list, out.path, out.key, data.path, dataset.where}, cache_dir, notice);
    for (json& row : removed_of_lists(name, cut.info)) out.info["removed"].push_back(row);
    all[name] = cut.info;
  }
  out.info["lists"] = std::move(all);
}

}  // namespace

void PreparedRef::go_by(const EarlierName& name) {
  key = name.key;
  for (auto& [_, cut] : lists) cut.key = name.covers_lists ? "" : cut.file_key;
}

bool is_logged_alone(const task::DatasetSpec& dataset) {
  return dataset.impressions.has_value() && dataset.path.empty() && dataset.source.empty();
}

bool uses_logged_rows(const task::DatasetSpec& dataset, const task::TrafficSpec& traffic) {
  return is_logged_alone(dataset) || traffic.requests == task::RequestUnit::logged;
}

PreparedRef prepare(const ImportedRef& data, const std::map<std::string, ImportedRef>& lists,
                    const task::DatasetSpec& dataset, const task::TrafficSpec& traffic,
                    const task::FitOn& fit_on, uint64_t seed, const std::string& cache_dir,
                    const Notice& notice, const ImportedRef* impressions) {
  PreparedRef out;
  const PreparedFrom from = {data, lists, dataset, traffic, seed, impressions};
  out.key = prepared_key(from, cache_dir);
  out.earlier = earlier_names(from);
  out.data_hash = data.key;
  out.path = fmt::format("{}/prepared/{}", cache_dir, cache_file(out.key, kPreparedLayout));
  const auto make = [&](const std::string& path) {
    check_disk(cache_dir, {{fmt::format("the prepared data of {}, by its events,", dataset.name),
                            least_bytes(ImportedData::open(data.path))}});
    make_prepared(path, out.key, data, dataset, traffic, fit_on, seed, impressions);
  };
  // Both are made at once: where the table is gone, so is what it was made with.
  if (impressions && !logged_rows_are_there(out.path)) std::filesystem::remove(out.path);
  find_or_make(out.path, "the prepared data of " + dataset.name, make, notice);
  const PreparedData prepared = PreparedData::open(out.path);
  if (const std::string logged = prepared.logged_rows_path(); !logged.empty()) {
    hold_in_cache(logged);
    note_use(logged);
  }
  out.info = prepared.info();
  tell_of_files(data, out.info);
  add_lists(out, data, lists, dataset, cache_dir, notice);
  std::vector<AuditFinding> findings = findings_of(out.info.at("audit"));
  if (!lists.empty()) {
    findings.push_back(lists_know_truth(out.info.at("lists")));
    findings.push_back(ranked_lists(out.info.at("lists")));
  }
  allow(findings, dataset.allow_leak);
  check_leaks(findings, dataset);
  out.info["audit"] = audit_json(findings);
  check_learning(out.info, dataset, fit_on.recall, "fit_on.recall");
  check_learning(out.info, dataset, fit_on.final, "fit_on.final");
  return out;
}

}  // namespace assay::dataset
