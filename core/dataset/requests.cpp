#include "dataset/requests.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dataset/by_user.h"
#include "dataset/logged_rows.h"
#include "dataset/time.h"

namespace assay::dataset {
namespace {

bool counts(task::Population who, bool is_warm) {
  return who == task::Population::all || (who == task::Population::warm) == is_warm;
}

void add_row(std::span<const int64_t> row, RaggedColumns& rows) {
  rows.values.append(row);
  rows.offsets.push_back(static_cast<int64_t>(rows.values.size()));
}

// Adds the items in order, each once.
void add_set(std::vector<int64_t>& items, RaggedColumns& rows) {
  std::ranges::sort(items);
  const auto rest = std::ranges::unique(items);
  add_row(std::span<const int64_t>(items.begin(), rest.begin()), rows);
}

// Columns of a history in a request set.
struct HistoryColumns {
  RaggedColumns& items;
  RequestColumn& times;
  TypeColumn& types;
};

// The latest of `past`, `most` at most; all where that is negative.
void add_history(const Events& events, std::span<const int32_t> past, int64_t most,
                 const HistoryColumns& to) {
  const auto keep = static_cast<size_t>(most);
  if (keep < past.size()) past = past.last(keep);
  for (const int32_t event : past) {
    to.items.values.push_back(events.item[event]);
    if (events.has_times()) to.times.push_back(events.time_us[event]);
    if (!events.type.empty()) to.types.push_back(events.type[event]);
  }
  to.items.offsets.push_back(std::ssize(to.items.values));
}

void add_histories(const Events& events, std::span<const int32_t> positive,
                   std::span<const int32_t> typed, int64_t most, RequestSet& out) {
  add_history(events, positive, most, {out.history, out.history_time_us, out.history_type});
  if (events.target_is_type)
    add_history(events, typed, most, {out.typed, out.typed_time_us, out.typed_type});
}

// Events of the window that one request is to be answered with, as places in the event columns.
using Answer = std::span<const int32_t>;

class Builder {
 public:
  Builder(const Events& events, const Warm& warm, task::Window window,
          const task::EvaluateOn& evaluate_on, const task::TrafficSpec& traffic)
      : events_(events),
        warm_(warm),
        window_(static_cast<uint8_t>(window)),
        evaluate_on_(evaluate_on),
        traffic_(traffic),
        by_user_(events) {
    // Windows that came before only: the truth itself can be served.
    for (task::Window seen : traffic.exclude_seen)
      excludes_[static_cast<size_t>(seen)] = seen < window;
    if (at_a_moment()) excludes_[window_] = !traffic.exclude_seen.empty();
  }

  RequestSet build() const;

 private:
  // Whether requests stand in time, between events of their own window.
  bool at_a_moment() const { return traffic_.requests != task::RequestUnit::per_user; }
  bool counts_item(int32_t event) const {
    return counts(evaluate_on_.items, warm_.item[events_.item[event]]);
  }
  bool relevant(int32_t event) const { return events_.positive(event) && counts_item(event); }
  std::vector<Answer> answers_in(std::span<const int32_t> held_out) const;
  void add_user(int64_t user, RequestSet& out) const;
  void add_request(int64_t user, Answer answer, RequestSet& out) const;
  void add_past(int64_t user, int32_t moment, RequestSet& out) const;

  const Events& events_;
  const Warm& warm_;
  const uint8_t window_;
  const task::EvaluateOn& evaluate_on_;
  const task::TrafficSpec& traffic_;
  const ByUser by_user_;
  std::array<bool, kWindows> excludes_{};
};

RequestSet Builder::build() const {
  RequestSet out;
  if (!events_.targets.empty()) out.targets.resize(events_.targets.size() - 1);
  for (int64_t user = 0; user < events_.users; ++user) add_user(user, out);
  return out;
}

void Builder::add_user(int64_t user, RequestSet& out) const {
  std::vector<int32_t> held_out;
  int64_t positives = 0, counted = 0;
  for (int32_t event : by_user_.of(user)) {
    if (events_.window[event] != window_) continue;
    held_out.push_back(event);
    positives += events_.positive(event);
    counted += relevant(event);
  }
  if (!counts(evaluate_on_.users, warm_.user[user])) counted = 0;
  out.truth_left_out += positives - counted;
  if (counted == 0) {
    out.users_left_out += positives > 0;
    return;
  }
  for (Answer answer : answers_in(held_out)) {
    if (std::ranges::any_of(answer, [&](int32_t event) { return relevant(event); }))
      add_request(user, answer, out);
  }
}

std::vector<Answer> Builder::answers_in(std::span<const int32_t> held_out) const {
  if (!at_a_moment()) return {held_out};
  std::vector<Answer> out;
  size_t begin = 0;
  for (size_t i = 1; i <= held_out.size(); ++i) {
    const bool goes_on = i < held_out.size() &&
                         traffic_.requests == task::RequestUnit::per_session &&
                         events_.time_us[held_out[i]] - events_.time_us[held_out[i - 1]] <=
                             traffic_.session_gap_s * kMicroseconds;
    if (goes_on) continue;
    out.push_back(held_out.subspan(begin, i - begin));
    begin = i;
  }
  return out;
}

void Builder::add_request(int64_t user, Answer answer, RequestSet& out) const {
  out.user.push_back(user);
  out.time_us.push_back(events_.has_times() ? events_.time_us[answer.front()] : -1);
  add_past(user, answer.front(), out);
  const auto items_where = [&](const auto& holds) {
    std::vector<int64_t> items;
    for (int32_t event : answer)
      if (holds(event)) items.push_back(events_.item[event]);
    return items;
  };
  std::vector<int64_t> truth = items_where([&](int32_t event) { return relevant(event); });
  add_set(truth, out.truth);
  for (size_t t = 0; t < out.targets.size(); ++t) {
    std::vector<int64_t> items = items_where([&](int32_t event) {
      return events_.targets[t + 1][event] == kTargetHolds && counts_item(event);
    });
    add_set(items, out.targets[t]);
  }
}

void Builder::add_past(int64_t user, int32_t moment, RequestSet& out) const {
  std::vector<int32_t> history, typed;
  std::vector<int64_t> excluded;
  for (int32_t event : by_user_.of(user)) {
    if (at_a_moment() && event >= moment) break;
    const uint8_t window = events_.window[event];
    if (excludes_[window]) excluded.push_back(events_.item[event]);
    const bool past = at_a_moment() ? window <= window_ : window < window_;
    if (past && events_.positive(event)) history.push_back(event);
    if (past && events_.target_is_type) typed.push_back(event);
  }
  add_histories(events_, history, typed, traffic_.history_length, out);
  add_set(excluded, out.excluded);
}

}  // namespace

namespace {

class LoggedBuilder {
 public:
  LoggedBuilder(const LoggedRows& rows, const Events& events, const Warm& warm, task::Window window,
                const task::EvaluateOn& evaluate_on, const task::TrafficSpec& traffic)
      : rows_(rows),
        events_(events),
        warm_(warm),
        window_(static_cast<uint8_t>(window)),
        evaluate_on_(evaluate_on),
        traffic_(traffic),
        by_user_(events) {
    if (traffic.candidates == task::CandidateSource::logged) return;
    for (task::Window seen : traffic.exclude_seen)
      excludes_[static_cast<size_t>(seen)] = seen < window;
    excludes_[window_] = !traffic.exclude_seen.empty();
  }

  RequestSet build() const {
    RequestSet out;
    out.targets.resize(rows_.table.labels().size() - 1);
    for (const int32_t request : in_order()) add(request, out);
    return out;
  }

 private:
  // By user, then time; equal times in the order of the table.
  std::vector<int32_t> in_order() const {
    std::vector<int32_t> out;
    for (size_t request = 0; request < rows_.window.size(); ++request)
      if (rows_.window[request] == window_) out.push_back(static_cast<int32_t>(request));
    std::ranges::stable_sort(out, {}, [&](int32_t request) {
      return std::pair(rows_.user(request), rows_.time_us(request));
    });
    return out;
  }

  std::vector<int64_t> items_with(int64_t request, const LabelView& label) const {
    const auto offsets = rows_.table.offsets();
    std::vector<int64_t> out;
    for (int64_t row = offsets[request]; row < offsets[request + 1]; ++row) {
      const int64_t item = rows_.item(row);
      if (item >= 0 && label.positive(row) && counts(evaluate_on_.items, warm_.item[item]))
        out.push_back(item);
    }
    return out;
  }

  void add(int64_t request, RequestSet& out) const {
    const int64_t user = rows_.user(request);
    if (!counts(evaluate_on_.users, user >= 0 && warm_.user[user])) {
      ++out.users_left_out;
      return;
    }
    const std::vector<LabelView>& labels = rows_.table.labels();
    std::vector<int64_t> truth = items_with(request, labels.front());
    if (truth.empty() && traffic_.candidates == task::CandidateSource::retrieved) {
      ++out.without_truth;
      return;
    }
    out.user.push_back(user);
    out.time_us.push_back(rows_.time_us(request));
    out.logged.push_back(request);
    add_set(truth, out.truth);
    for (size_t t = 0; t < out.targets.size(); ++t) {
      std::vector<int64_t> items = items_with(request, labels[t + 1]);
      add_set(items, out.targets[t]);
    }
    add_past(request, user, out);
  }

  bool is_before(int32_t event, int64_t request) const {
    if (events_.has_times()) return events_.time_us[event] < rows_.time_us(request);
    return rows_.request_of_row[events_.row[event]] < request;
  }

  void add_past(int64_t request, int64_t user, RequestSet& out) const {
    std::vector<int32_t> history, typed;
    std::vector<int64_t> excluded;
    const std::span<const int32_t> events =
        user < 0 ? std::span<const int32_t>() : by_user_.of(user);
    for (const int32_t event : events) {
      if (!is_before(event, request)) break;
      const uint8_t window = events_.window[event];
      if (excludes_[window]) excluded.push_back(events_.item[event]);
      if (window > window_) continue;
      if (events_.positive(event)) history.push_back(event);
      if (events_.target_is_type) typed.push_back(event);
    }
    add_histories(events_, history, typed, traffic_.history_length, out);
    add_set(excluded, out.excluded);
  }

  const LoggedRows& rows_;
  const Events& events_;
  const Warm& warm_;
  const uint8_t window_;
  const task::EvaluateOn& evaluate_on_;
  const task::TrafficSpec& traffic_;
  const ByUser by_user_;
  std::array<bool, kWindows> excludes_{};
};

}  // namespace

bool are_distinct(const RaggedColumns& rows, int64_t size) {
  std::vector<int64_t> last_row(size, -1);  // that held the value
  for (int64_t r = 0; r < rows.size(); ++r) {
    for (const int64_t value : rows.row(r)) {
      if (std::exchange(last_row[value], r) == r) return false;
    }
  }
  return true;
}

Warm find_warm(const Events& events) {
  Warm out{std::vector<uint8_t>(events.users, 0), std::vector<uint8_t>(events.items, 0)};
  for (size_t event = 0; event < events.size(); ++event) {
    if (events.window_of(event) != task::Window::train) continue;
    out.user[events.user[event]] = 1;
    out.item[events.item[event]] = 1;
  }
  return out;
}

RequestSet build_requests(const Events& events, const Warm& warm, task::Window window,
                          const task::EvaluateOn& evaluate_on, const task::TrafficSpec& traffic) {
  return Builder(events, warm, window, evaluate_on, traffic).build();
}

RequestSet build_logged_requests(const LoggedRows& rows, const Events& events, const Warm& warm,
                                 task::Window window, const task::EvaluateOn& evaluate_on,
                                 const task::TrafficSpec& traffic) {
  return LoggedBuilder(rows, events, warm, window, evaluate_on, traffic).build();
}

}  // namespace assay::dataset
