#include "dataset/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "error/error.h"
#include "hash/hash.h"

namespace assay {
namespace {

constexpr auto kTrain = static_cast<uint8_t>(Window::train);
constexpr auto kRank = static_cast<uint8_t>(Window::rank);
constexpr auto kValidation = static_cast<uint8_t>(Window::validation);
constexpr auto kTest = static_cast<uint8_t>(Window::test);

struct Splitter {
  const Events& events;
  const SplitSpec& split;
  uint64_t seed;
  const std::string& where;

  [[noreturn]] void fail(const std::string& what) const { throw UserError(where, what); }
  bool counts(size_t event) const { return split.over == "all" || events.positive(event); }
  int64_t counted() const;

  void check_shares(bool test_is_share) const;
  void check_counts() const;
  std::vector<uint8_t> global_time() const;
  std::vector<uint8_t> leave_last_out() const;
  std::vector<uint8_t> given() const;
  std::vector<uint8_t> row_hash() const;
  uint8_t drawn_window(int64_t row) const;
};

int64_t Splitter::counted() const {
  int64_t count = 0;
  for (size_t event = 0; event < events.size(); ++event) count += counts(event);
  return count;
}

void Splitter::check_shares(bool test_is_share) const {
  double sum = 0;
  const std::array<std::pair<const char*, double>, 3> shares = {
      {{"rank", split.rank}, {"validation", split.validation}, {"test", split.test}}};
  for (const auto& [name, share] : shares) {
    if (std::strcmp(name, "test") == 0 && !test_is_share) continue;
    if (!(share >= 0 && share < 1)) {
      fail(fmt::format("split.{} is {}; with {} it is a share, at least 0 and below 1", name, share,
                       split.method));
    }
    sum += share;
  }
  if (sum >= 1) {
    fail(fmt::format("the shares of split add up to {}; below 1 must stay for train", sum));
  }
}

void Splitter::check_counts() const {
  const std::array<std::pair<const char*, double>, 3> counts = {
      {{"rank", split.rank}, {"validation", split.validation}, {"test", split.test}}};
  for (const auto& [name, count] : counts) {
    if (!(count >= 0 && count == std::floor(count))) {
      fail(fmt::format(
          "split.{} is {}; with leave_last_out it counts events of a user: 0, 1, 2, ...", name,
          count));
    }
  }
}

std::vector<uint8_t> Splitter::global_time() const {
  check_shares(true);
  if (!events.has_times()) {
    fail(
        "split.method global_time needs a time column, and the events have none; use leave_last_out"
        " (file order counts), row_hash or given");
  }
  if (split.boundary != "time" && split.boundary != "row") {
    fail(fmt::format("split.boundary is {}; it is time or row", split.boundary));
  }
  const int64_t all = counted();
  const auto share = [&](double part) { return std::llround(part * static_cast<double>(all)); };
  const int64_t test = all - share(split.test);
  const int64_t validation = test - share(split.validation);
  const std::array<int64_t, kWindows> first = {0, validation - share(split.rank), validation, test};
  std::vector<uint8_t> window(events.size(), kTrain);
  int64_t seen = 0;
  uint8_t current = kTrain;
  for (size_t event = 0; event < events.size(); ++event) {
    if (counts(event)) {
      for (uint8_t w = kTest; w > current; --w) {
        if (seen >= first[w] && first[w] < (w == kTest ? all : first[w + 1])) current = w;
      }
      ++seen;
    }
    window[event] = current;
  }
  if (split.boundary == "row") return window;
  // Events of the time at which a window begins belong to it, wherever they stand among their
  // equals.
  for (size_t event = events.size(); event-- > 1;) {
    if (events.time_s[event - 1] == events.time_s[event]) window[event - 1] = window[event];
  }
  return window;
}

std::vector<uint8_t> Splitter::leave_last_out() const {
  check_counts();
  std::vector<int64_t> left(events.users, 0), taken(events.users, 0);
  for (size_t event = 0; event < events.size(); ++event) left[events.user[event]] += counts(event);
  const auto window_of = [&](int64_t from_end) {
    double end = split.test;
    if (static_cast<double>(from_end) < end) return kTest;
    if (static_cast<double>(from_end) < (end += split.validation)) return kValidation;
    return static_cast<double>(from_end) < end + split.rank ? kRank : kTrain;
  };
  std::vector<uint8_t> window(events.size(), kTrain);
  for (size_t event = events.size(); event-- > 0;) {
    const int32_t user = events.user[event];
    if (left[user] > 0) window[event] = window_of(taken[user]);
    if (!counts(event)) continue;
    ++taken[user];
    --left[user];
  }
  return window;
}

uint8_t Splitter::drawn_window(int64_t row) const {
  const uint64_t hash = fast_hash(std::as_bytes(std::span(&row, 1)), fast_hash("split", seed));
  const double draw = static_cast<double>(hash >> 11) * 0x1p-53;
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
    const uint32_t hash = row * static_cast<uint32_t>(split.multiplier);
    const bool test =
        hash % static_cast<uint64_t>(split.modulus) == static_cast<uint64_t>(split.test_residue);
    window[event] = test ? kTest : drawn_window(events.row[event]);
  }
  return window;
}

}  // namespace

std::vector<uint8_t> split_events(const Events& events, const SplitSpec& split, uint64_t seed,
                                  const std::string& where) {
  const Splitter splitter{events, split, seed, where};
  if (split.over != "all" && split.over != "positives") {
    splitter.fail(fmt::format("split.over is {}; it is all or positives", split.over));
  }
  if (split.method == "global_time") return splitter.global_time();
  if (split.method == "leave_last_out") return splitter.leave_last_out();
  if (split.method == "given") return splitter.given();
  if (split.method == "row_hash") return splitter.row_hash();
  const std::array<std::string, 4> known = {"global_time", "leave_last_out", "given", "row_hash"};
  splitter.fail(fmt::format("split.method {} is not known{}", split.method,
                            did_you_mean(split.method, known)));
}

bool draws(const SplitSpec& split) {
  return (split.method == "given" || split.method == "row_hash") &&
         split.rank + split.validation > 0;
}

bool respects_time(const SplitSpec& split) {
  return split.method == "global_time" || split.method == "leave_last_out";
}

}  // namespace assay
