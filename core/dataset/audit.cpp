#include "dataset/audit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <numeric>

#include "dataset/by_user.h"
#include "dataset/clean.h"
#include "dataset/filter.h"
#include "dataset/split.h"
#include "dataset/telling_context.h"
#include "dataset/time.h"
#include "error/error.h"
#include "text/counted.h"
#include "text/thousands.h"
#include "text/utc_text.h"

namespace assay::dataset {
namespace {

using Kind = AuditFinding::Kind;

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

std::string share(int64_t part, int64_t whole) {
  const double percent =
      whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{} of {} ({:.1f} %)", text::thousands(part), text::thousands(whole), percent);
}

AuditFinding finding(const std::string& check, Kind kind, int64_t count, std::string detail,
                     std::string fix = "") {
  return {check, kind, count > 0 ? "found" : "none", std::move(detail), std::move(fix)};
}

std::string at_text(int64_t time_us) { return " at " + text::utc_text(time_us); }

std::string named(const char* kind, const IdNames& names, int64_t id) {
  return fmt::format("{} {}", kind, names ? names(id) : std::to_string(id));
}

// "user u3, item i5 at 2024-05-31 18:30:00 UTC".
std::string event_text(const AuditInput& input, int32_t e) {
  const Events& events = input.events;
  return fmt::format("{}, {}{}", named("user", input.user_id, events.user[e]),
                     named("item", input.item_id, events.item[e]),
                     events.has_times() ? at_text(events.time_us[e]) : "");
}

// Of the data, from 1; a header does not count.
int64_t row_of(const Events& events, int32_t e) { return int64_t{events.row[e]} + 1; }

AuditFinding same_event(const AuditInput& input) {
  const Events& events = input.events;
  const std::string check = "same_event_on_both_sides";
  if (!events.has_times() && respects_time(input.split)) {
    return finding(check, Kind::leak, 0, "without times, file order distinguishes repeated events");
  }
  const auto time = [&](int32_t e) { return events.has_times() ? events.time_us[e] : -1; };
  ByUser by_user(events);
  int64_t found = 0;
  std::string example;
  for (int64_t user = 0; user < events.users; ++user) {
    const std::span<int32_t> mine = by_user.of(user);
    std::ranges::sort(mine, [&](int32_t a, int32_t b) {
      return std::tuple(events.item[a], time(a), events.window[a]) <
             std::tuple(events.item[b], time(b), events.window[b]);
    });
    for (size_t i = 1; i < mine.size(); ++i) {
      const int32_t one = mine[i - 1], other = mine[i];
      if (events.item[one] != events.item[other] || time(one) != time(other) ||
          events.window[one] == events.window[other])
        continue;
      if (++found > 1) continue;
      example = fmt::format(", such as {} (rows {} and {})", event_text(input, other),
                            row_of(events, one), row_of(events, other));
    }
  }
  return finding(check, Kind::leak, found,
                 fmt::format("{} also in an earlier window (same user, item{}){}",
                             found == 1 ? "1 event is" : text::thousands(found) + " events are",
                             events.has_times() ? " and time" : "", example),
                 "remove repeats with clean: {duplicates: true}");
}

// Without times this is unknown, unless the split is by file order.
std::optional<AuditFinding> without_times(const std::string& check, Kind kind,
                                          const AuditInput& input) {
  if (input.events.has_times()) return std::nullopt;
  if (respects_time(input.split)) return finding(check, kind, 0, "by file order");
  return AuditFinding{check, kind, "unknown: no times", "the events have no time column"};
}

// Methods that ignore times by definition.
bool ignores_time(const task::SplitSpec& split) {
  using enum task::SplitMethod;
  return split.method == row_hash || split.method == random || split.method == leave_k_out ||
         split.method == cold_items;
}

// Requests of `windows` whose histories hold what their users did later.
struct OwnFuture {
  int64_t found = 0, positives = 0;
  std::string example;

  OwnFuture(const AuditInput& input, std::initializer_list<task::Window> windows) {
    for (const task::Window window : windows) audit_window(input, static_cast<uint8_t>(window));
  }

  AuditFinding finding_of(const std::string& check, Kind kind) const {
    return finding(check, kind, found,
                   fmt::format("{} events of histories are newer than their request{}",
                               share(found, positives), example),
                   "use a split that respects each user's time, or traffic.requests: per_event");
  }

 private:
  void audit_window(const AuditInput& input, uint8_t window) {
    const Events& events = input.events;
    std::vector<int64_t> first(events.users, kNever);
    for (size_t e = events.size(); e-- > 0;) {
      if (events.window[e] == window)
        first[events.user[e]] = std::min(first[events.user[e]], events.time_us[e]);
    }
    for (size_t e = 0; e < events.size(); ++e) {
      const int64_t asked = first[events.user[e]];
      if (events.window[e] >= window || !events.positive(e) || asked == kNever) continue;
      ++positives;
      if (events.time_us[e] <= asked || ++found > 1) continue;
      const auto newer = static_cast<int32_t>(e);
      example = fmt::format(", such as {} (row {}) for a request{}", event_text(input, newer),
                            row_of(events, newer), at_text(asked));
    }
  }
};

AuditFinding own_future(const AuditInput& input) {
  const std::string check = "own_future_in_history";
  const Kind kind = ignores_time(input.split) ? Kind::property : Kind::leak;
  if (input.traffic.requests != task::RequestUnit::per_user)
    return finding(check, kind, 0, "a history contains earlier events only");
  if (const auto unknown = without_times(check, kind, input)) return *unknown;
  const OwnFuture all(input, {task::Window::rank, task::Window::validation, task::Window::test});
  if (input.split.method == task::SplitMethod::given && all.found > 0 &&
      OwnFuture(input, {task::Window::test}).found == 0)
    return all.finding_of(check, Kind::property);  // of rank and validation, which are drawn
  return all.finding_of(check, kind);
}

AuditFinding test_before_train(const AuditInput& input) {
  const std::string check = "test_before_others_train";
  const bool in_time = input.split.method == task::SplitMethod::global_time ||
                       input.split.method == task::SplitMethod::walk_forward;
  const Kind kind = in_time ? Kind::leak : Kind::property;
  if (!input.events.has_times()) {
    return {check, kind, "unknown: no times", "the events have no time column"};
  }
  const Events& events = input.events;
  int64_t newest = std::numeric_limits<int64_t>::min(), tests = 0, found = 0;
  for (size_t e = 0; e < events.size(); ++e) {
    if (events.window_of(e) == task::Window::train) newest = std::max(newest, events.time_us[e]);
  }
  for (size_t e = 0; e < events.size(); ++e) {
    if (events.window_of(e) != task::Window::test) continue;
    ++tests;
    found += events.time_us[e] < newest;
  }
  return finding(
      check, kind, found,
      fmt::format("{} test events are older than the newest training event", share(found, tests)),
      "fix the data or the split");
}

AuditFinding filter_over_test(const task::FilterSpec& filter, const task::CleanSpec& clean) {
  const std::string check = "filter_over_test_window";
  const std::string text = filter_text(filter), rules = user_rules_text(clean);
  if (!text.empty() && filter.scope != task::FilterScope::train) {
    return {check, Kind::leak, "allowed: filter.scope is all",
            text + ": test events are counted for the filter"};
  }
  if (!rules.empty()) {
    return {check, Kind::leak, "allowed: clean uses the whole log",
            rules + ": test events are counted for the filter"};
  }
  return {check, Kind::leak, "none", text.empty() ? "no filter" : text};
}

// Adds what became known of users (or items) after the first request.
void known_too_late(const char* kind, std::span<const int64_t> since, const IdNames& names,
                    int64_t first, AuditFinding& found) {
  const auto later = [&](int64_t time) { return time > first; };
  const int64_t count = std::ranges::count_if(since, later);
  if (count == 0) return;
  const auto example = std::ranges::find_if(since, later);
  if (!found.detail.empty()) found.detail += "; ";
  found.detail +=
      fmt::format("features of {} became known after the first request{}, such as those of {}{}",
                  text::counted(count, kind), at_text(first),
                  named(kind, names, example - since.begin()), at_text(*example));
  found.features.emplace_back(kind, "");
}

AuditFinding future_feature(const AuditInput& input) {
  const Events& events = input.events;
  AuditFinding found{"future_feature", Kind::leak, "none", "",
                     "compute features from data before the test window, or leave them out"};
  int64_t first = kNever;
  for (size_t e = 0; e < events.size() && events.has_times(); ++e) {
    if (events.window_of(e) != task::Window::train) first = std::min(first, events.time_us[e]);
  }
  known_too_late("user", input.users_known_since, input.user_id, first, found);
  known_too_late("item", input.items_known_since, input.item_id, first, found);
  const auto add = [&](const std::string& kind, const std::string& name, const std::string& text) {
    found.detail += (found.detail.empty() ? "" : "; ") + text;
    found.features.emplace_back(kind, name);
  };
  for (const FutureFeature& feature : future_by_value(events, input.features))
    add(feature.kind, feature.name, feature.text);
  if (input.logged != nullptr)
    for (const TellingContext& column : telling_context(*input.logged))
      add("context", column.name, column.text);
  if (!found.features.empty()) {
    found.result = "found";
    return found;
  }
  const bool timed = !input.users_known_since.empty() || !input.items_known_since.empty();
  found.detail = timed ? "every feature was known before the first request"
                       : "no feature has a time; all are assumed to be known from the start";
  return found;
}

AuditFinding truth_seen(const RequestSet& test) {
  int64_t found = 0;
  for (int64_t r = 0; r < test.size(); ++r) {
    for (int64_t item : test.truth.row(r))
      found += std::ranges::binary_search(test.excluded.row(r), item);
  }
  return finding("truth_already_seen", Kind::property, found,
                 fmt::format("{} relevant items were seen before and are never served",
                             share(found, std::ssize(test.truth.values))));
}

AuditFinding cold_users(const AuditInput& input) {
  const int64_t cold = std::ranges::count_if(
      input.test.user, [&](int64_t user) { return user < 0 || !input.warm.user[user]; });
  return finding("cold_users", Kind::property, cold,
                 fmt::format("{} test requests are of users without a training event",
                             share(cold, input.test.size())));
}

AuditFinding cold_items(const AuditInput& input) {
  const auto& truth = input.test.truth.values;
  const int64_t cold =
      std::ranges::count_if(truth, [&](int64_t item) { return !input.warm.item[item]; });
  return finding(
      "cold_items", Kind::property, cold,
      fmt::format("{} relevant items have no training event", share(cold, std::ssize(truth))));
}

// Of the entry of source.features that leaks, where one can be told; else of the data set.
std::string place_of(const AuditFinding& found, const task::DatasetSpec& dataset) {
  std::vector<std::string> places;
  for (const auto& [kind, name] : found.features) {
    if (kind == "context" && dataset.impressions) places.push_back(dataset.impressions->where);
    for (const task::FeatureFileSpec& file : dataset.features) {
      const bool holds = name.empty() || file.columns.contains(name.substr(0, name.find('[')));
      if (file.of == kind && holds && std::ranges::count(places, file.where) == 0)
        places.push_back(file.where);
    }
  }
  return places.size() == 1 ? places.front() : dataset.where;
}

}  // namespace

std::vector<AuditFinding> audit(const AuditInput& input) {
  return {same_event(input),        own_future(input),
          test_before_train(input), filter_over_test(input.filter, input.clean),
          future_feature(input),    truth_seen(input.test),
          cold_users(input),        cold_items(input)};
}

void allow(std::vector<AuditFinding>& findings, const std::vector<std::string>& reasons) {
  if (reasons.empty()) return;
  for (AuditFinding& found : findings) {
    if (found.is_error()) found.result = fmt::format("allowed: {}", fmt::join(reasons, "; "));
  }
}

namespace {

const char* what_leaks(const AuditFinding& found) {
  if (!found.features.empty()) return "a feature leaks";
  return found.check.starts_with("lists") ? "a list leaks" : "the split leaks";
}

}  // namespace

void check_leaks(const std::vector<AuditFinding>& findings, const task::DatasetSpec& dataset) {
  std::vector<error::Problem> problems;
  for (const AuditFinding& found : findings) {
    if (!found.is_error()) continue;
    problems.push_back(
        {place_of(found, dataset),
         fmt::format("{} ({}): {}; {}, or say why it is accepted with allow_leak: [reason]",
                     what_leaks(found), found.check, found.detail, found.fix),
         ""});
  }
  if (!problems.empty()) throw error::UserError(std::move(problems));
}

nlohmann::json audit_json(const std::vector<AuditFinding>& findings) {
  nlohmann::json out = nlohmann::json::array();
  for (const AuditFinding& found : findings) {
    out.push_back({{"check", found.check},
                   {"kind", found.kind == Kind::leak ? "leak" : "property"},
                   {"result", found.result},
                   {"detail", found.detail},
                   {"fix", found.fix},
                   {"features", found.features}});
  }
  return out;
}

std::vector<AuditFinding> findings_of(const nlohmann::json& audit) {
  std::vector<AuditFinding> out;
  for (const nlohmann::json& row : audit) {
    out.push_back({row.at("check").get<std::string>(),
                   row.at("kind") == "leak" ? Kind::leak : Kind::property,
                   row.at("result").get<std::string>(), row.at("detail").get<std::string>(),
                   row.at(row.contains("fix") ? "fix" : "mend").get<std::string>(),
                   row.at("features").get<std::vector<std::pair<std::string, std::string>>>()});
  }
  return out;
}

}  // namespace assay::dataset
