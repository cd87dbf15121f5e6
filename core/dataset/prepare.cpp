#include "dataset/prepare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "dataset/audit.h"
#include "dataset/cache.h"
#include "dataset/clean.h"
#include "dataset/events.h"
#include "dataset/feature_coverage.h"
#include "dataset/filter.h"
#include "dataset/fit_windows.h"
#include "dataset/learning_sizes.h"
#include "dataset/prepared.h"
#include "dataset/prepared_writer.h"
#include "dataset/ranked_lists.h"
#include "dataset/split.h"
#include "error/error.h"
#include "hash/hash.h"
#include "text/thousands.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

// Of what is in the file, as its key says it: raised when the same settings give other events,
// windows or requests. How the file is laid out is in its name alone (kPreparedLayout).
constexpr int kVersion = 4;
constexpr int kFoldsVersion = 5;  // with walk_forward

// Only what the method reads, so that a setting of another method changes nothing.
json split_identity(const task::SplitSpec& split) {
  using enum task::SplitMethod;
  json out = {{"method", split.method},
              {"over", split.over},
              {"rank", split.rank},
              {"validation", split.validation}};
  if (split.method == global_time || split.method == per_user_time || split.method == walk_forward)
    out["boundary"] = split.boundary;
  if (split.method == walk_forward) out["fold"] = {split.fold, split.folds};
  if (split.method != given && split.method != row_hash) out["test"] = split.test;
  if (split.method == row_hash) {
    out["multiplier"] = split.multiplier;
    out["modulus"] = split.modulus;
    out["test"] = split.test_residue;
  }
  return out;
}

// What earlier versions did not know is left out where it is not used: their files are found.
json targets_identity(const std::vector<task::TargetSpec>& targets) {
  json out = targets;
  for (json& target : out)
    if (target["equals_text"].is_null()) target.erase("equals_text");
  return out;
}

// Rows without times are dropped by the import, whose key says so.
json clean_identity(const task::CleanSpec& clean) {
  json out = clean;
  out.erase("missing_times");
  return out;
}

std::string prepared_key(const ImportedRef& data, const std::map<std::string, ImportedRef>& lists,
                         const task::DatasetSpec& dataset, const task::TrafficSpec& traffic,
                         uint64_t seed) {
  const bool folds = dataset.split.method == task::SplitMethod::walk_forward;
  json key = {{"prepare", folds ? kFoldsVersion : kVersion},
              {"data", data.key},
              {"targets", targets_identity(dataset.targets)},
              {"clean", clean_identity(dataset.clean)},
              {"filter", dataset.filter},
              {"split", split_identity(dataset.split)},
              {"evaluate_on", dataset.evaluate_on},
              {"traffic", traffic}};
  if (draws(dataset.split)) key["seed"] = seed;
  // Earlier versions dropped them, which gave another order of events.
  if (data.info.value("fractions", false)) key["times"] = "microseconds";
  // Earlier versions took them for seconds of 1970.
  if (data.info.value("dates_are_numbers", false)) key["times"] = "days";
  for (const auto& [name, list] : lists) {
    key["lists"][name] = list.key;
    // Earlier versions compared scores in 32 bits, which gave another order of close ones.
    if (list.info.contains("close_scores")) key["close_scores"].push_back(name);
  }
  return hash::json_key(key);
}

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
  const bool has_value =
      !dataset.targets.empty() || !parts.data.info().value("value", std::string()).empty();
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

void filter_and_split(PreparedParts& parts, const task::DatasetSpec& dataset, uint64_t seed) {
  if (parts.events.size() == 0) throw error::UserError(dataset.where, "the data has no event");
  const bool before = dataset.filter.scope == task::FilterScope::all;
  if (before) filter_step(parts, dataset);
  parts.events.window = split_events(parts.events, dataset.split, seed, dataset.where);
  task::SplitSpec earlier = dataset.split;
  for (earlier.fold = 1; earlier.fold < dataset.split.fold; ++earlier.fold)
    parts.events.earlier.push_back(split_events(parts.events, earlier, seed, dataset.where));
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
  parts.warm = find_warm(parts.events);
  for (task::Window window : {task::Window::rank, task::Window::validation, task::Window::test}) {
    RequestSet& set = parts.requests[static_cast<size_t>(window)];
    set = build_requests(parts.events, parts.warm, window, dataset.evaluate_on, traffic);
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

void make_prepared(const std::string& path, const std::string& key, const ImportedRef& ref,
                   const std::map<std::string, ImportedRef>& lists,
                   const task::DatasetSpec& dataset, const task::TrafficSpec& traffic,
                   const task::FitOn& fit_on, uint64_t seed) {
  PreparedParts parts(ImportedData::open(ref.path));
  parts.events = read_events(parts.data, dataset);
  missing_times_step(parts, dataset);
  clean_step(parts, dataset);
  filter_and_split(parts, dataset, seed);
  request_step(parts, dataset, traffic);
  if (parts.requests[static_cast<size_t>(task::Window::test)].size() == 0)
    no_test_request(parts.events, dataset);
  for (const auto& [name, list] : lists) parts.add_lists(name, list, dataset.where);
  const RequestSet& test = parts.requests[static_cast<size_t>(task::Window::test)];
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
                                              .user_id = parts.names("user"),
                                              .item_id = parts.names("item")});
  const auto files = feature_coverage_of(parts.data.info().value("feature_files", json::array()));
  if (!files.empty()) findings.push_back(feature_rows(files));
  if (!lists.empty()) findings.push_back(ranked_lists(parts.lists_info));
  parts.audit = audit_json(findings);
  json sizes = json::object();
  for (const auto* windows : {&fit_on.recall, &fit_on.final})
    if (!windows->empty()) sizes[windows_name(*windows)] = learning_sizes(parts.events, *windows);
  write_prepared(parts, dataset, {{"key", key}, {"data_hash", ref.key}, {"learning_sizes", sizes}},
                 path);
}

void check_learning(const json& info, const task::DatasetSpec& dataset,
                    const std::vector<task::Window>& windows, const std::string& key) {
  for (const task::Window window : windows)
    check_fit_window(info, dataset.split, window, key, false, dataset.where);
  check_positives(info, dataset, windows, key);
}

}  // namespace

PreparedRef prepare(const ImportedRef& data, const std::map<std::string, ImportedRef>& lists,
                    const task::DatasetSpec& dataset, const task::TrafficSpec& traffic,
                    const task::FitOn& fit_on, uint64_t seed, const std::string& cache_dir,
                    const Notice& notice) {
  PreparedRef out;
  out.key = prepared_key(data, lists, dataset, traffic, seed);
  out.data_hash = data.key;
  out.path = fmt::format("{}/prepared/{}", cache_dir, cache_file(out.key, kPreparedLayout));
  const auto make = [&](const std::string& path) {
    make_prepared(path, out.key, data, lists, dataset, traffic, fit_on, seed);
  };
  find_or_make(out.path, "the prepared data of " + dataset.name, make, notice);
  out.info = PreparedData::open(out.path).info();
  std::vector<AuditFinding> findings = findings_of(out.info.at("audit"));
  allow(findings, dataset.allow_leak);
  check_leaks(findings, dataset);
  out.info["audit"] = audit_json(findings);
  check_learning(out.info, dataset, fit_on.recall, "fit_on.recall");
  check_learning(out.info, dataset, fit_on.final, "fit_on.final");
  return out;
}

}  // namespace assay::dataset
