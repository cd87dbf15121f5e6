#include "dataset/clean.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "dataset/by_user.h"
#include "dataset/time.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

constexpr int64_t kHour = 3600 * kMicroseconds;

// Which events are still there, and what each rule took.
class Cleaner {
 public:
  explicit Cleaner(const Events& events)
      : events_(events), by_user_(events), alive_(events.size(), 1) {}

  template <typename Goes>
  void drop_events(const std::string& reason, Goes goes) {
    int64_t count = 0;
    for (size_t event = 0; event < events_.size(); ++event) {
      if (!alive_[event] || !goes(event)) continue;
      alive_[event] = 0;
      ++count;
    }
    note(reason, 0, count);
  }

  /// `goes` gets the times, or without times the places, of a user's events that are left.
  template <typename Goes>
  void drop_users(const std::string& reason, Goes goes) {
    int64_t users = 0, count = 0;
    std::vector<int64_t> times;
    for (int64_t user = 0; user < events_.users; ++user) {
      times.clear();
      for (int32_t event : by_user_.of(user)) {
        if (alive_[event]) times.push_back(events_.has_times() ? events_.time_us[event] : event);
      }
      if (times.empty() || !goes(times)) continue;
      for (int32_t event : by_user_.of(user)) alive_[event] = 0;
      ++users;
      count += std::ssize(times);
    }
    note(reason, users, count);
  }

  const std::vector<uint8_t>& alive() const { return alive_; }
  nlohmann::json removed = nlohmann::json::array();

 private:
  void note(const std::string& reason, int64_t users, int64_t events) {
    removed.push_back({{"step", "clean"},
                       {"reason", reason},
                       {"users", users},
                       {"items", 0},
                       {"events", events}});
  }

  const Events& events_;
  const ByUser by_user_;
  std::vector<uint8_t> alive_;
};

bool exceeds_rate(const std::vector<int64_t>& times, int64_t most) {
  for (size_t i = most; i < times.size(); ++i) {
    if (times[i] - times[i - most] < kHour) return true;
  }
  return false;
}

// Shannon entropy, in bits, of the gaps between neighbours.
double gap_entropy(const std::vector<int64_t>& times) {
  std::map<int64_t, int64_t> gaps;
  for (size_t i = 1; i < times.size(); ++i) ++gaps[(times[i] - times[i - 1]) / kMicroseconds];
  double bits = 0;
  for (const auto& [gap, count] : gaps) {
    const double share = static_cast<double>(count) / static_cast<double>(times.size() - 1);
    bits -= share * std::log2(share);
  }
  return bits;
}

void drop_duplicates(const Events& events, Cleaner& cleaner) {
  std::vector<std::tuple<int32_t, int32_t, int64_t, size_t>> order;
  for (size_t e = 0; e < events.size(); ++e) {
    if (cleaner.alive()[e])
      order.emplace_back(events.user[e], events.item[e],
                         events.has_times() ? events.time_us[e] : -1, e);
  }
  std::ranges::sort(order);
  std::vector<uint8_t> repeats(events.size(), 0);
  for (size_t i = 1; i < order.size(); ++i) {
    const auto& [user, item, time, event] = order[i];
    const auto& [last_user, last_item, last_time, last_event] = order[i - 1];
    repeats[event] = std::tie(user, item, time) == std::tie(last_user, last_item, last_time);
  }
  cleaner.drop_events(
      events.has_times() ? "duplicates (user, item and time)" : "duplicates (user and item)",
      [&](size_t event) { return repeats[event] != 0; });
}

void drop_values(const Events& events, const task::CleanSpec& clean, Cleaner& cleaner) {
  if (clean.missing_values)
    cleaner.drop_events("missing_values", [&](size_t e) { return std::isnan(events.value[e]); });
  if (clean.value_at_least) {
    cleaner.drop_events(fmt::format("value_at_least {}", *clean.value_at_least),
                        [&](size_t e) { return events.value[e] < *clean.value_at_least; });
  }
  if (clean.value_at_most) {
    cleaner.drop_events(fmt::format("value_at_most {}", *clean.value_at_most),
                        [&](size_t e) { return events.value[e] > *clean.value_at_most; });
  }
}

void drop_users(const task::CleanSpec& clean, Cleaner& cleaner) {
  if (clean.max_user_events > 0) {
    cleaner.drop_users(
        fmt::format("max_user_events {}", clean.max_user_events),
        [&](const auto& times) { return std::ssize(times) > clean.max_user_events; });
  }
  if (clean.max_events_per_hour > 0) {
    cleaner.drop_users(
        fmt::format("max_events_per_hour {}", clean.max_events_per_hour),
        [&](const auto& times) { return exceeds_rate(times, clean.max_events_per_hour); });
  }
  if (clean.min_gap_entropy > 0) {
    cleaner.drop_users(
        fmt::format("min_gap_entropy {}", clean.min_gap_entropy), [&](const auto& times) {
          return std::ssize(times) >= kEntropyEvents && gap_entropy(times) < clean.min_gap_entropy;
        });
  }
}

void check(const Events& events, const task::CleanSpec& clean, bool has_value,
           const std::string& where) {
  const bool wants_value = clean.missing_values || clean.value_at_least || clean.value_at_most;
  if (wants_value && !has_value) {
    throw error::UserError(where,
                           "clean needs values of events, and they have none; name a column with "
                           "source.columns.value or as that of the first target");
  }
  const bool wants_times = clean.max_events_per_hour > 0 || clean.min_gap_entropy > 0;
  if (wants_times && !events.has_times()) {
    throw error::UserError(
        where,
        "clean.max_events_per_hour and clean.min_gap_entropy need times, and the "
        "events have none; use clean.max_user_events");
  }
}

}  // namespace

Cleaned clean_events(const Events& events, const task::CleanSpec& clean, bool has_value,
                     std::span<const uint8_t> listed_users, std::span<const uint8_t> listed_items,
                     const std::string& where) {
  check(events, clean, has_value, where);
  Cleaner cleaner(events);
  drop_values(events, clean, cleaner);
  if (clean.duplicates) drop_duplicates(events, cleaner);
  drop_users(clean, cleaner);
  const auto& alive = cleaner.alive();
  if (std::ranges::count(alive, 1) == 0)
    throw error::UserError(where, "clean removes all events; relax its limits");
  Cleaned out;
  out.who = with_events(events, alive, listed_users, listed_items);
  out.events = compact(keep_events(events, alive), out.who.user, out.who.item);
  out.removed = std::move(cleaner.removed);
  return out;
}

std::string user_rules_text(const task::CleanSpec& clean) {
  std::vector<std::string> rules;
  if (clean.max_user_events > 0)
    rules.push_back(fmt::format("max_user_events {}", clean.max_user_events));
  if (clean.max_events_per_hour > 0)
    rules.push_back(fmt::format("max_events_per_hour {}", clean.max_events_per_hour));
  if (clean.min_gap_entropy > 0)
    rules.push_back(fmt::format("min_gap_entropy {}", clean.min_gap_entropy));
  return fmt::format("{}", fmt::join(rules, ", "));
}

}  // namespace assay::dataset
