#include "dataset/logged_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "dataset/split.h"
#include "error/error.h"
#include "text/counted.h"
#include "text/utc_text.h"

namespace assay::dataset {
namespace {

using nlohmann::json;
using enum task::SplitMethod;

std::vector<int32_t> in_time_order(const LoggedRows& rows) {
  std::vector<int32_t> order(static_cast<size_t>(rows.table.requests()));
  std::iota(order.begin(), order.end(), 0);
  if (const auto time_us = rows.table.time_us(); !time_us.empty())
    std::ranges::stable_sort(order, {}, [&](int32_t request) { return time_us[request]; });
  return order;
}

bool has_positive(const LoggedRows& rows, int64_t request) {
  const auto offsets = rows.table.offsets();
  const LabelView& label = rows.table.labels().front();
  for (int64_t row = offsets[request]; row < offsets[request + 1]; ++row)
    if (label.positive(row)) return true;
  return false;
}

// Each request as an event, so that splits are what they are for events.
Events as_events(const LoggedRows& rows, const std::vector<int32_t>& order) {
  Events out;
  out.users = out.items = 1;
  out.user.append(order.size(), 0);
  out.item.append(order.size(), 0);
  out.row.append(order);
  out.value.append(order.size(), 1);
  out.targets.resize(1);
  for (size_t place = 0; place < order.size(); ++place) {
    const int64_t time_us = rows.time_us(order[place]);
    out.time_us.push_back(rows.table.has_times() ? time_us : static_cast<int64_t>(place));
    out.targets[0].push_back(has_positive(rows, order[place]));
  }
  return out;
}

// Events of the log were made of these rows, in this order (ingest/impression_events.h).
void remember_requests(LoggedRows& rows) {
  const auto offsets = rows.table.offsets();
  const LabelView& label = rows.table.labels().front();
  for (int64_t request = 0; request < rows.table.requests(); ++request)
    for (int64_t row = offsets[request]; row < offsets[request + 1]; ++row)
      if (rows.table.item()[row] >= 0 && label.positive(row))
        rows.request_of_row.push_back(static_cast<int32_t>(request));
}

template <typename Id>
ImpressionColumn<int32_t> mapped(int64_t count, const Id& id) {
  ImpressionColumn<int32_t> out;
  int32_t* const to = out.extend(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) to[i] = static_cast<int32_t>(id(i));
  return out;
}

ImpressionColumn<int32_t> mapped_sets(const LoggedRows& rows) {
  ImpressionColumn<int32_t> out;
  std::vector<int32_t> set;
  for (int64_t s = 0; s < rows.table.allowed_sets(); ++s) {
    set.clear();
    for (const int32_t item : rows.table.allowed(static_cast<int32_t>(s)))
      set.push_back(rows.item_of[item]);
    std::ranges::sort(set);
    out.append(set);
  }
  return out;
}

json window_counts(const LoggedRows& rows) {
  json out = json::object();
  for (const task::Window window :
       {task::Window::train, task::Window::rank, task::Window::validation, task::Window::test})
    out[std::string(name_of(window))] =
        std::ranges::count(rows.window, static_cast<uint8_t>(window));
  return out;
}

}  // namespace

WindowStarts window_starts(const Events& events) {
  WindowStarts out;
  for (size_t e = 0; e < events.size(); ++e) {
    std::optional<int64_t>& start = out[events.window[e]];
    if (!start) start = events.time_us[e];
  }
  return out;
}

void assign_windows(const Events& events, const WindowStarts& starts, const task::SplitSpec& split,
                    const std::string& where, LoggedRows& rows) {
  if (split.method != global_time && split.method != walk_forward)
    throw error::UserError(
        where, fmt::format("split.method is {}, which divides no time that all users share, so it "
                           "is not known which windows the logged rows belong to; use global_time "
                           "or walk_forward",
                           name_of(split.method)));
  for (const bool of_log : {true, false}) {
    if (of_log ? events.has_times() : rows.table.has_times()) continue;
    throw error::UserError(
        where, fmt::format("{} no times, so it is not known which windows the logged rows belong "
                           "to; name the column of times",
                           of_log ? "the log has" : "the logged rows have"));
  }
  for (const int64_t time_us : rows.table.time_us()) {
    uint8_t window = 0;
    for (uint8_t w = 1; w <= kWindows; ++w)
      if (starts[w] && time_us >= *starts[w]) window = w;
    rows.window.push_back(window == kLater ? kNoWindow : window);
  }
}

void split_requests(const task::SplitSpec& split, uint64_t seed, const std::string& where,
                    LoggedRows& rows) {
  if (split.method != global_time && split.method != walk_forward && split.method != random &&
      split.method != row_hash)
    throw error::UserError(
        where, fmt::format("split.method is {}, but the requests of logged rows without a log "
                           "beside them are split as a whole; use global_time, walk_forward, "
                           "random or row_hash",
                           name_of(split.method)));
  const std::vector<int32_t> order = in_time_order(rows);
  const std::vector<uint8_t> windows = split_events(as_events(rows, order), split, seed, where);
  rows.window.clear();
  uint8_t* const to = rows.window.extend(windows.size());
  for (size_t place = 0; place < order.size(); ++place)
    to[order[place]] = windows[place] == kLater ? kNoWindow : windows[place];
  if (rows.request_of_row.empty()) remember_requests(rows);
}

std::vector<uint8_t> windows_of_events(const Events& events, const LoggedRows& rows) {
  std::vector<uint8_t> out;
  for (const int32_t row : events.row) {
    const uint8_t window = rows.window[rows.request_of_row[row]];
    out.push_back(window == kNoWindow ? kLater : window);
  }
  return out;
}

void no_logged_test_request(const LoggedRows& rows, int64_t without_truth,
                            const std::string& where) {
  const int64_t all = rows.table.requests();
  if (without_truth > 0)
    throw error::UserError(
        where,
        fmt::format("traffic.requests is logged, and none of the {} in the test window has a "
                    "positive row ({} is the first label): there is nothing to find; enlarge "
                    "the window, or take candidates: logged, which keeps such requests",
                    text::counted(without_truth, "logged request"),
                    rows.table.labels().front().name));
  const auto times = rows.table.time_us();
  const std::string range =
      times.empty() ? ""
                    : fmt::format(" ({} to {})", text::utc_text(std::ranges::min(times)),
                                  text::utc_text(std::ranges::max(times)));
  throw error::UserError(
      where, fmt::format("traffic.requests is logged, and none of the {}{} is in the test window; "
                         "are the logged rows of the time of the log? Enlarge the test window",
                         text::counted(all, "logged request"), range));
}

void write_logged_rows(const LoggedRows& rows, const std::string& key, const std::string& path) {
  const SafetensorsFile& from = rows.table.file();
  SafetensorsWriter out;
  for (const std::string& name : from.names()) {
    const bool ids = name.starts_with("user.id.") || name.starts_with("item.id.");
    if (!ids && name != "request.user" && name != "row.item" && name != "allowed.values")
      out.add(name, from.tensor(name));
  }
  const auto user = mapped(rows.table.requests(), [&](int64_t r) { return rows.user(r); });
  const auto item = mapped(rows.table.rows(), [&](int64_t r) { return rows.item(r); });
  const ImpressionColumn<int32_t> sets = mapped_sets(rows);
  out.add("request.user", user);
  out.add("request.window", rows.window);
  out.add("row.item", item);
  if (from.has("allowed.values")) out.add("allowed.values", sets);
  json info = rows.table.info();
  info.update({{"key", key},
               {"new_users", rows.new_users},
               {"new_items", rows.new_items},
               {"windows", window_counts(rows)}});
  out.note("info", info.dump(-1, ' ', false, json::error_handler_t::replace));
  out.write(path);
}

}  // namespace assay::dataset
