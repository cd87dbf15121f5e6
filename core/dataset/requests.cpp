#include "dataset/requests.h"

#include <algorithm>
#include <array>
#include <functional>

namespace assay {
namespace {

bool counts(const std::string& who, bool is_warm) {
  return who == "all" || (who == "warm") == is_warm;
}

struct Builder {
  const Events& events;
  const Warm& warm;
  uint8_t window;
  const EvaluateOn& evaluate_on;
  std::vector<int32_t> request_of;  // of each user, or -1

  bool relevant(size_t event) const {
    return events.window[event] == window && events.positive(event) &&
           counts(evaluate_on.items, warm.item[events.item[event]]);
  }
  void choose_users(RequestSet& out);
  void first_times(RequestSet& out) const;
  template <typename Holds>
  Rows collect(int64_t requests, Holds holds) const;
  Rows collect_target(int64_t requests, const std::vector<uint8_t>& target) const;
};

void Builder::choose_users(RequestSet& out) {
  std::vector<uint8_t> has_truth(events.users, 0), has_positive(events.users, 0);
  for (size_t event = 0; event < events.size(); ++event) {
    if (events.window[event] != window || !events.positive(event)) continue;
    const int32_t user = events.user[event];
    has_positive[user] = 1;
    const bool asked = counts(evaluate_on.users, warm.user[user]);
    if (asked && relevant(event))
      has_truth[user] = 1;
    else
      ++out.truth_left_out;
  }
  request_of.assign(events.users, -1);
  for (int64_t user = 0; user < events.users; ++user) {
    if (!has_truth[user]) {
      out.users_left_out += has_positive[user];
      continue;
    }
    request_of[user] = static_cast<int32_t>(out.user.size());
    out.user.push_back(user);
  }
}

void Builder::first_times(RequestSet& out) const {
  out.time_s.assign(out.user.size(), -1);
  if (!events.has_times()) return;
  for (size_t event = events.size(); event-- > 0;) {
    const int32_t request = request_of[events.user[event]];
    if (request >= 0 && events.window[event] == window) out.time_s[request] = events.time_s[event];
  }
}

// Items of the events that hold, by request, in time order: counted first, then each laid behind
// the earlier ones.
template <typename Holds>
Rows Builder::collect(int64_t requests, Holds holds) const {
  Rows rows;
  rows.offsets.assign(requests + 1, 0);
  for (size_t event = 0; event < events.size(); ++event) {
    const int32_t request = request_of[events.user[event]];
    if (request >= 0 && holds(event)) ++rows.offsets[request + 1];
  }
  for (int64_t r = 0; r < requests; ++r) rows.offsets[r + 1] += rows.offsets[r];
  rows.values.resize(rows.offsets.back());
  std::vector<int64_t> next(rows.offsets.begin(), rows.offsets.end() - 1);
  for (size_t event = 0; event < events.size(); ++event) {
    const int32_t request = request_of[events.user[event]];
    if (request >= 0 && holds(event)) rows.values[next[request]++] = events.item[event];
  }
  return rows;
}

Rows Builder::collect_target(int64_t requests, const std::vector<uint8_t>& target) const {
  return collect(requests, [&](size_t event) {
    return events.window[event] == window && target[event] == kTargetHolds &&
           counts(evaluate_on.items, warm.item[events.item[event]]);
  });
}

// Keeps `keep(row)` of each row; what it returns lies in the row it was given.
Rows shorten(Rows rows, const std::function<std::span<int64_t>(std::span<int64_t>)>& keep) {
  int64_t end = 0, begin = 0;
  for (int64_t r = 0; r < rows.size(); ++r) {
    const int64_t row_end = rows.offsets[r + 1];
    const std::span<int64_t> kept = keep(std::span(rows.values).subspan(begin, row_end - begin));
    std::copy(kept.begin(), kept.end(), rows.values.begin() + end);
    end += static_cast<int64_t>(kept.size());
    rows.offsets[r + 1] = end;
    begin = row_end;
  }
  rows.values.resize(end);
  return rows;
}

Rows as_sets(Rows rows) {
  return shorten(std::move(rows), [](std::span<int64_t> row) {
    std::ranges::sort(row);
    return row.first(row.size() - std::ranges::unique(row).size());
  });
}

Rows newest(Rows rows, int64_t count) {
  if (count < 0) return rows;
  return shorten(std::move(rows), [count](std::span<int64_t> row) {
    return row.last(std::min<size_t>(row.size(), count));
  });
}

}  // namespace

Warm find_warm(const Events& events) {
  Warm out{std::vector<uint8_t>(events.users, 0), std::vector<uint8_t>(events.items, 0)};
  for (size_t event = 0; event < events.size(); ++event) {
    if (events.window_of(event) != Window::train) continue;
    out.user[events.user[event]] = 1;
    out.item[events.item[event]] = 1;
  }
  return out;
}

RequestSet build_requests(const Events& events, const Warm& warm, Window window,
                          const EvaluateOn& evaluate_on, const TrafficSpec& traffic) {
  Builder builder{events, warm, static_cast<uint8_t>(window), evaluate_on, {}};
  RequestSet out;
  builder.choose_users(out);
  builder.first_times(out);

  std::array<bool, kWindows>
      excludes{};  // windows that came before only: the truth itself can be served
  for (Window seen : traffic.exclude_seen) excludes[static_cast<size_t>(seen)] = seen < window;
  const int64_t requests = out.size();
  out.history = newest(builder.collect(requests,
                                       [&](size_t event) {
                                         return events.window[event] < builder.window &&
                                                events.positive(event);
                                       }),
                       traffic.history_length);
  out.excluded = as_sets(
      builder.collect(requests, [&](size_t event) { return excludes[events.window[event]]; }));
  out.truth =
      as_sets(builder.collect(requests, [&](size_t event) { return builder.relevant(event); }));
  for (size_t t = 1; t < events.targets.size(); ++t) {
    out.targets.push_back(as_sets(builder.collect_target(requests, events.targets[t])));
  }
  return out;
}

}  // namespace assay
