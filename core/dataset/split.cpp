#include "dataset/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "dataset/by_user.h"
#include "error/error.h"
#include "hash/hash.h"

// Each method assigns every event to a window. There are three kinds. Splits by time (global_time,
// walk_forward, per_user_time) share cut(). Splits by a number of events per user (leave_last_out,
// leave_k_out) share window_of_count(). Random splits (random, cold_users, cold_items, and the rank
// and validation windows of given and row_hash) hash the row or the id with the seed: unlike a
// stream of random numbers, a hash depends neither on the order nor on the other rows, so a larger
// test share contains every row of a smaller one.

namespace assay::dataset {
namespace {

constexpr auto kTrain = static_cast<uint8_t>(task::Window::train);
constexpr auto kRank = static_cast<uint8_t>(task::Window::rank);
constexpr auto kValidation = static_cast<uint8_t>(task::Window::validation);
constexpr auto kTest = static_cast<uint8_t>(task::Window::test);

struct Splitter {
  const Events& events;
  const task::SplitSpec& split;
  uint64_t seed;
  const std::string& where;

  [[noreturn]] void fail(const std::string& what) const { throw error::UserError(where, what); }
  bool counts(size_t event) const {
    return split.over == task::SplitOver::all || events.positive(event);
  }

  void check_shares(bool test_is_share) const;
  void check_counts() const;
  template <typename At>
  void cut(size_t size, At at, std::vector<uint8_t>& window) const;
  int64_t later_folds() const;
  std::vector<uint8_t> global_time() const;
  std::vector<uint8_t> walk_forward() const;
  std::vector<uint8_t> per_user_time() const;
  std::vector<uint8_t> leave_last_out() const;
  std::vector<uint8_t> given() const;
  std::vector<uint8_t> row_hash() const;
  std::vector<uint8_t> random() const;
  std::vector<uint8_t> leave_k_out() const;
  std::vector<uint8_t> cold(std::span<const int32_t> id, int64_t ids) const;
  uint8_t drawn_window(int64_t row) const;
  uint8_t window_of_count(int64_t before) const;
};

void Splitter::check_shares(bool test_is_share) const {
  double sum = 0;
  const std::array<std::pair<const char*, double>, 3> shares = {
      {{"rank", split.rank}, {"validation", split.validation}, {"test", split.test}}};
  for (const auto& [name, share] : shares) {
    if (std::strcmp(name, "test") == 0 && !test_is_share) continue;
    if (!(share >= 0 && share < 1)) {
      fail(fmt::format("split.{} is {}; with {} it is a share, at least 0 and below 1", name, share,
                       name_of(split.method)));
    }
    sum += share;
  }
  if (sum >= 1) {
    fail(
        fmt::format("the shares of split add up to {}; they must add up to less than 1, to leave "
                    "events for train",
                    sum));
  }
}

void Splitter::check_counts() const {
  const std::array<std::pair<const char*, double>, 3> counts = {
      {{"rank", split.rank}, {"validation", split.validation}, {"test", split.test}}};
  for (const auto& [name, count] : counts) {
    if (!(count >= 0 && count == std::floor(count))) {
      fail(fmt::format("split.{} is {}; with {} it is a number of events per user: 0, 1, 2, ...",
                       name, count, name_of(split.method)));
    }
  }
}

// Cuts a sequence in time order, event at(0), at(1), ..., at(size - 1), by the shares of what
// counts in it.
template <typename At>
void Splitter::cut(size_t size, At at, std::vector<uint8_t>& window) const {
  int64_t all = 0, seen = 0;
  for (size_t i = 0; i < size; ++i) all += counts(at(i));
  const auto share = [&](double part) { return std::llround(part * static_cast<double>(all)); };
  // first[w]: position, among the events that count, of the first event of window w. Everything
  // from `later` on belongs to later folds. An empty window begins where the next one does, and is
  // skipped.
  const int64_t later = all - later_folds() * share(split.test);
  const int64_t test = later - share(split.test);
  const int64_t validation = test - share(split.validation);
  const std::array<int64_t, kLater + 1> first = {0, validation - share(split.rank), validation,
                                                 test, later};
  uint8_t current = kTrain;
  for (size_t i = 0; i < size; ++i) {
    if (counts(at(i))) {
      for (uint8_t w = kLater; w > current; --w) {
        if (seen >= first[w] && first[w] < (w == kLater ? all : first[w + 1])) current = w;
      }
      ++seen;
    }
    window[at(i)] = current;
  }
  if (split.boundary == task::SplitBoundary::row || !events.has_times()) return;
  // Events of the time at which a window begins belong to it, wherever they stand among their
  // equals.
  for (size_t i = size; i-- > 1;) {
    if (events.time_us[at(i - 1)] == events.time_us[at(i)]) window[at(i - 1)] = window[at(i)];
  }
}

int64_t Splitter::later_folds() const {
  return split.method == task::SplitMethod::walk_forward ? split.folds - split.fold : 0;
}

std::vector<uint8_t> Splitter::global_time() const {
  check_shares(true);
  if (!events.has_times()) {
    fail(
        fmt::format("split.method {} needs a time column, and the events have none; use "
                    "leave_last_out (file order counts), row_hash or given",
                    name_of(split.method)));
  }
  std::vector<uint8_t> window(events.size(), kTrain);
  cut(
      events.size(), [](size_t i) { return i; }, window);
  return window;
}

std::vector<uint8_t> Splitter::walk_forward() const {
  error::require(split.fold >= 1 && split.fold <= split.folds,
                 "walk_forward is split fold by fold");
  const double held_out =
      split.rank + split.validation + static_cast<double>(split.folds) * split.test;
  if (held_out >= 1) {
    fail(
        fmt::format("split.rank, split.validation and {} folds of split.test add up to {:g}; they "
                    "must add up to less than 1, to leave events for train",
                    split.folds, held_out));
  }
  return global_time();
}

std::vector<uint8_t> Splitter::per_user_time() const {
  check_shares(true);
  const ByUser by_user(events);
  std::vector<uint8_t> window(events.size(), kTrain);
  for (int64_t user = 0; user < events.users; ++user) {
    const std::span<const int32_t> mine = by_user.of(user);
    cut(
        mine.size(), [&](size_t i) { return static_cast<size_t>(mine[i]); }, window);
  }
  return window;
}

// Of a user's events in the order in which they are held out.
uint8_t Splitter::window_of_count(int64_t before) const {
  double end = split.test;
  if (static_cast<double>(before) < end) return kTest;
  if (static_cast<double>(before) < (end += split.validation)) return kValidation;
  return static_cast<double>(before) < end + split.rank ? kRank : kTrain;
}

std::vector<uint8_t> Splitter::leave_last_out() const {
  check_counts();
  // Walks backwards, so that `taken` is the number of counting events after this one, and `left`
  // that of those not yet seen. An event that does not count goes to the window of the last
  // counting event before it; without one it stays in train.
  std::vector<int64_t> left(events.users, 0), taken(events.users, 0);
  for (size_t event = 0; event < events.size(); ++event) left[events.user[event]] += counts(event);
  std::vector<uint8_t> window(events.size(), kTrain);
  for (size_t event = events.size(); event-- > 0;) {
    const int32_t user = events.user[event];
    if (left[user] > 0) window[event] = window_of_count(taken[user]);
    if (!counts(event)) continue;
    ++taken[user];
    --left[user];
  }
  return window;
}

// Of a row or an id; the same whatever else is in the data.
uint64_t hash_of(int64_t drawn, uint64_t seed) {
  return hash::fast_hash(std::as_bytes(std::span(&drawn, 1)), hash::fast_hash("split", seed));
}

uint8_t Splitter::drawn_window(int64_t row) const {
  // 53 bits of the hash, all that a double holds, as a number in [0, 1).
  const double draw = static_cast<double>(hash_of(row, seed) >> 11) * 0x1p-53;
  if (draw < split.rank) return kRank;
  return draw < split.rank + split.validation ? kValidation : kTrain;
}

std::vector<uint8_t> Splitter::given() const {
  check_shares(false);
  if (events.part.empty()) {
    fail(
        "split.method given needs files that are split: name them with split.train_file and "
        "split.test_file");
  }
  std::vector<uint8_t> window(events.size(), kTrain);
  for (size_t event = 0; event < events.size(); ++event) {
    if (events.part[event] != 0)
      window[event] = kTest;
    else if (counts(event))
      window[event] = drawn_window(events.row[event]);
  }
  return window;
}

std::vector<uint8_t> Splitter::row_hash() const {
  check_shares(false);
  if (split.modulus < 2)
    fail(fmt::format("split.modulus is {}; it must be at least 2", split.modulus));
  if (split.test_residue < 0 || split.test_residue >= split.modulus) {
    fail(fmt::format("split.test is {}; with row_hash it is a remainder, 0 to {}",
                     split.test_residue, split.modulus - 1));
  }
  std::vector<uint8_t> window(events.size(), kTrain);
  for (size_t event = 0; event < events.size(); ++event) {
    if (!counts(event)) continue;
    const auto row = static_cast<uint32_t>(events.row[event]);
    // The overflow of 32 bits is part of the definition (Knuth's multiplicative hash).
    const uint32_t hash = row * static_cast<uint32_t>(split.multiplier);
    const bool test =
        hash % static_cast<uint64_t>(split.modulus) == static_cast<uint64_t>(split.test_residue);
    window[event] = test ? kTest : drawn_window(events.row[event]);
  }
  return window;
}

std::vector<uint8_t> Splitter::random() const {
  check_shares(true);
  std::vector<uint8_t> window(events.size(), kTrain);
  for (size_t event = 0; event < events.size(); ++event) {
    if (!counts(event)) continue;
    // The test takes the upper end, so that its rows stay where the other shares change.
    const double draw = static_cast<double>(hash_of(events.row[event], seed) >> 11) * 0x1p-53;
    window[event] = draw >= 1 - split.test ? kTest : drawn_window(events.row[event]);
  }
  return window;
}

std::vector<uint8_t> Splitter::leave_k_out() const {
  check_counts();
  const ByUser by_user(events);
  std::vector<uint8_t> window(events.size(), kTrain);
  std::vector<std::pair<uint64_t, int32_t>> drawn;
  for (int64_t user = 0; user < events.users; ++user) {
    drawn.clear();
    for (int32_t event : by_user.of(user)) {
      if (counts(event)) drawn.emplace_back(hash_of(events.row[event], seed), event);
    }
    std::ranges::sort(drawn);
    for (size_t i = 0; i < drawn.size(); ++i) {
      window[drawn[i].second] = window_of_count(static_cast<int64_t>(i));
    }
  }
  return window;
}

std::vector<uint8_t> Splitter::cold(std::span<const int32_t> id, int64_t ids) const {
  check_shares(true);
  std::vector<uint8_t> known(ids, 0), window_of_id(ids, kTrain);
  for (size_t event = 0; event < events.size(); ++event) known[id[event]] |= counts(event);
  std::vector<std::pair<uint64_t, int64_t>> drawn;
  for (int64_t one = 0; one < ids; ++one) {
    // Ids without an event are not drawn: shares are of the ids that can be tested.
    if (known[one]) drawn.emplace_back(hash_of(one, seed), one);
  }
  std::ranges::sort(drawn);
  const auto share = [&](double part) {
    return static_cast<size_t>(std::llround(part * static_cast<double>(drawn.size())));
  };
  size_t next = 0;
  const auto take = [&](size_t count, uint8_t window) {
    for (; count > 0 && next < drawn.size(); --count) window_of_id[drawn[next++].second] = window;
  };
  take(share(split.test), kTest);
  take(share(split.validation), kValidation);
  take(share(split.rank), kRank);
  std::vector<uint8_t> window(events.size());
  for (size_t event = 0; event < events.size(); ++event) window[event] = window_of_id[id[event]];
  return window;
}

}  // namespace

std::vector<uint8_t> split_events(const Events& events, const task::SplitSpec& split, uint64_t seed,
                                  const std::string& where) {
  const Splitter splitter{events, split, seed, where};
  switch (split.method) {
    case task::SplitMethod::global_time:
      return splitter.global_time();
    case task::SplitMethod::walk_forward:
      return splitter.walk_forward();
    case task::SplitMethod::per_user_time:
      return splitter.per_user_time();
    case task::SplitMethod::leave_last_out:
      return splitter.leave_last_out();
    case task::SplitMethod::leave_k_out:
      return splitter.leave_k_out();
    case task::SplitMethod::random:
      return splitter.random();
    case task::SplitMethod::cold_users:
      return splitter.cold(events.user, events.users);
    case task::SplitMethod::cold_items:
      return splitter.cold(events.item, events.items);
    case task::SplitMethod::given:
      return splitter.given();
    case task::SplitMethod::row_hash:
      return splitter.row_hash();
  }
  throw error::InternalError("a split method without code");
}

bool draws(const task::SplitSpec& split) {
  using enum task::SplitMethod;
  if (split.method == given || split.method == row_hash) return split.rank + split.validation > 0;
  return split.method == random || split.method == leave_k_out || split.method == cold_users ||
         split.method == cold_items;
}

bool respects_time(const task::SplitSpec& split) {
  using enum task::SplitMethod;
  return split.method == global_time || split.method == walk_forward ||
         split.method == per_user_time || split.method == leave_last_out;
}

}  // namespace assay::dataset
