#include "dataset/fit_windows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "error/error.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

int64_t count_in(const json& info, task::Window window, const char* what) {
  return info.at("windows").at(std::string(name_of(window))).value(what, int64_t{0});
}

double asked(const task::SplitSpec& split, task::Window window) {
  if (window == task::Window::rank) return split.rank;
  return window == task::Window::validation ? split.validation : split.test;
}

bool cuts_time(const task::SplitSpec& split) {
  return split.boundary == task::SplitBoundary::time &&
         (split.method == task::SplitMethod::global_time ||
          split.method == task::SplitMethod::walk_forward ||
          split.method == task::SplitMethod::per_user_time);
}

// Why a window is empty, and what to do about it.
std::string mend_of(const json& info, const task::SplitSpec& split, task::Window window) {
  const std::string_view name = name_of(window);
  const bool is_train = window == task::Window::train;
  if (!is_train && asked(split, window) == 0)
    return fmt::format("set split.{} above 0, or name another window", name);
  if (counts_events(split)) {
    double later = split.test;
    if (window != task::Window::validation) later += split.validation;
    if (is_train) later += split.rank;
    return fmt::format(
        "{} puts {:g} events of each user into the windows after it, and no user has more; use "
        "fewer",
        name_of(split.method), later);
  }
  const auto events = info.value("events", int64_t{0});
  if (cuts_time(split) && info.value("has_times", false)) {
    return fmt::format(
        "split.boundary is time, which keeps events of the same time in one window, and of {} "
        "too many share the time at which {} {}; set split.boundary: row, or check the time column",
        text::counted(events, "event"), name, is_train ? "ends" : "begins");
  }
  if (is_train) return "leave events for train";
  return fmt::format("split.{} is {:g}, which of {} is none; raise it", name, asked(split, window),
                     text::counted(events, "event"));
}

std::string bound_text(const task::TargetSpec& target) {
  std::string text = target.column;
  if (target.equals_text) text += fmt::format(" equals \"{}\"", *target.equals_text);
  if (target.equals) text += fmt::format(" equals {:g}", *target.equals);
  if (target.at_least) text += fmt::format(" at_least {:g}", *target.at_least);
  if (target.at_most) text += fmt::format(" at_most {:g}", *target.at_most);
  return text;
}

std::string target_text(const task::DatasetSpec& dataset) {
  const task::TargetSpec& target = dataset.targets.front();
  return fmt::format("targets.{}: {}", target.name, bound_text(target));
}

}  // namespace

void check_fit_window(const json& info, const task::SplitSpec& split, task::Window window,
                      const std::string& key, bool needs_requests, const std::string& where) {
  const char* what = needs_requests ? "requests" : "events";
  if (count_in(info, window, what) > 0) return;
  const int64_t events = count_in(info, window, "events");
  const std::string fix =
      events > 0 ? fmt::format(
                       "it holds {}, {} of them positive; make it larger, or name another "
                       "window",
                       text::counted(events, "event"), count_in(info, window, "positives"))
                 : mend_of(info, split, window);
  throw error::UserError(
      where, fmt::format("{} names the window {}, but the split leaves it without {}; {}", key,
                         name_of(window), what, fix));
}

void check_positives(const json& info, const task::DatasetSpec& dataset,
                     const std::vector<task::Window>& windows, const std::string& key) {
  if (dataset.targets.empty()) return;
  int64_t events = 0;
  std::vector<std::string> names;
  for (const task::Window window : windows) {
    if (count_in(info, window, "positives") > 0) return;
    events += count_in(info, window, "events");
    names.emplace_back(name_of(window));
  }
  if (names.empty()) return;
  throw error::UserError(
      dataset.where,
      fmt::format("targets.{} leaves no training data: {}, which {} names, holds {}, none of them "
                  "positive ({}); lower the bound, or use other windows",
                  dataset.targets.front().name, fmt::join(names, " and "), key,
                  text::counted(events, "event"), bound_text(dataset.targets.front())));
}

void no_test_request(const Events& events, const task::DatasetSpec& dataset) {
  int64_t count = 0, positives = 0;
  for (size_t event = 0; event < events.size(); ++event) {
    if (events.window_of(event) != task::Window::test) continue;
    ++count;
    positives += events.positive(event);
  }
  if (positives > 0) {
    throw error::UserError(
        dataset.where,
        fmt::format(
            "evaluate_on (users: {}, items: {}) leaves no test request: the test window holds {}, "
            "{} of them positive; relax it, enlarge the test window, or filter less",
            name_of(dataset.evaluate_on.users), name_of(dataset.evaluate_on.items),
            text::counted(count, "event"), text::thousands(positives)));
  }
  throw error::UserError(
      dataset.where,
      count == 0
          ? fmt::format("split leaves no test request: the test window holds no event; {}",
                        counts_events(dataset.split) ? "use fewer test events of each user"
                                                     : "enlarge the test window, or filter less")
          : fmt::format("split leaves no test request: the test window holds {}, none of them "
                        "positive ({}); lower the bound, or enlarge the test window",
                        text::counted(count, "event"), target_text(dataset)));
}

}  // namespace assay::dataset
