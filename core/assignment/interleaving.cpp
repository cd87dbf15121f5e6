#include "assignment/interleaving.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "error/error.h"
#include "stats/proportions.h"

namespace assay::assignment {

namespace {

bool holds(const RankedList& list, int64_t item) { return std::ranges::count(list, item) > 0; }

/// A place below `count`, by one draw.
size_t drawn_place(const Draw& draw, size_t count) {
  return std::min(static_cast<size_t>(draw() * static_cast<double>(count)), count - 1);
}

/// The places 0 to count - 1 in random order (Fisher & Yates).
std::vector<size_t> shuffled(size_t count, const Draw& draw) {
  std::vector<size_t> order(count);
  for (size_t i = 0; i < count; ++i) order[i] = i;
  for (size_t i = count; i > 1; --i) std::swap(order[i - 1], order[drawn_place(draw, i)]);
  return order;
}

/// The first item of a list that is not shown yet; the list's size where there is none.
size_t next_of(const RankedList& list, const RankedList& shown) {
  size_t at = 0;
  while (at < list.size() && holds(shown, list[at])) ++at;
  return at;
}

/// Probabilities of the items of a list, 0 of those that are shown; empty where all are.
std::vector<double> rank_softmax(const RankedList& list, const RankedList& shown, double tau) {
  std::vector<double> weights(list.size(), 0.0);
  double sum = 0.0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (holds(shown, list[i])) continue;
    weights[i] = std::pow(static_cast<double>(i + 1), -tau);
    sum += weights[i];
  }
  if (sum == 0.0) return {};
  for (double& weight : weights) weight /= sum;
  return weights;
}

size_t drawn_item(const std::vector<double>& probabilities, const Draw& draw) {
  double left = draw();
  size_t last = 0;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    if (probabilities[i] == 0.0) continue;
    last = i;
    left -= probabilities[i];
    if (left < 0.0) break;
  }
  return last;
}

double probability_in(const RankedList& list, const RankedList& shown, int64_t item, double tau) {
  const std::vector<double> probabilities = rank_softmax(list, shown, tau);
  const auto found = std::ranges::find(list, item);
  if (probabilities.empty() || found == list.end()) return 0.0;
  return probabilities[static_cast<size_t>(found - list.begin())];
}

void check_clicks(size_t items, std::span<const char> clicks) {
  error::require(clicks.size() == items, "each item of a list was clicked or not");
}

}  // namespace

Interleaved balanced(const RankedList& a, const RankedList& b, size_t length, const Draw& draw) {
  const bool a_begins = draw() < 0.5;
  Interleaved result;
  size_t at_a = 0;
  size_t at_b = 0;
  while (result.items.size() < length && (at_a < a.size() || at_b < b.size())) {
    const bool from_a =
        at_b >= b.size() || (at_a < a.size() && (at_a < at_b || (at_a == at_b && a_begins)));
    const int64_t item = from_a ? a[at_a++] : b[at_b++];
    if (!holds(result.items, item)) result.items.push_back(item);
  }
  return result;
}

Interleaved team_draft(std::span<const RankedList> lists, size_t length, const Draw& draw) {
  error::require(lists.size() >= 2, "several rankers are interleaved");
  Interleaved result;
  for (bool goes_on = true; goes_on;) {
    goes_on = false;
    for (const size_t ranker : shuffled(lists.size(), draw)) {
      if (result.items.size() == length) return result;
      const size_t next = next_of(lists[ranker], result.items);
      if (next == lists[ranker].size()) continue;
      result.items.push_back(lists[ranker][next]);
      result.team.push_back(static_cast<int>(ranker));
      goes_on = true;
    }
  }
  return result;
}

Interleaved probabilistic(std::span<const RankedList> lists, size_t length, const Draw& draw,
                          double tau) {
  error::require(lists.size() >= 2, "several rankers are interleaved");
  Interleaved result;
  std::vector<size_t> left(lists.size());
  for (size_t i = 0; i < left.size(); ++i) left[i] = i;
  while (result.items.size() < length && !left.empty()) {
    const size_t place = drawn_place(draw, left.size());
    const size_t ranker = left[place];
    const std::vector<double> probabilities = rank_softmax(lists[ranker], result.items, tau);
    if (probabilities.empty()) {  // all of it is shown
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(place));
      continue;
    }
    result.items.push_back(lists[ranker][drawn_item(probabilities, draw)]);
    result.team.push_back(static_cast<int>(ranker));
  }
  return result;
}

std::vector<double> balanced_credit(const RankedList& a, const RankedList& b,
                                    const RankedList& shown, std::span<const char> clicks) {
  check_clicks(shown.size(), clicks);
  size_t after = clicks.size();
  while (after > 0 && !clicks[after - 1]) --after;
  if (after == 0) return {0.0, 0.0};
  const int64_t lowest = shown[after - 1];
  const auto rank_in = [&](const RankedList& list) {
    return static_cast<size_t>(std::ranges::find(list, lowest) - list.begin());
  };
  const size_t depth = std::min(rank_in(a), rank_in(b)) + 1;
  std::vector<double> credit(2, 0.0);
  for (size_t i = 0; i < shown.size(); ++i) {
    if (!clicks[i]) continue;
    for (const auto& [ranker, list] : {std::pair{0, &a}, std::pair{1, &b}}) {
      const auto end = list->begin() + static_cast<std::ptrdiff_t>(std::min(depth, list->size()));
      if (std::find(list->begin(), end, shown[i]) != end)
        credit[static_cast<size_t>(ranker)] += 1.0;
    }
  }
  return credit;
}

std::vector<double> team_credit(const Interleaved& shown, size_t rankers,
                                std::span<const char> clicks) {
  check_clicks(shown.team.size(), clicks);
  std::vector<double> credit(rankers, 0.0);
  for (size_t i = 0; i < clicks.size(); ++i) {
    if (clicks[i]) credit[static_cast<size_t>(shown.team[i])] += 1.0;
  }
  return credit;
}

std::vector<double> probabilistic_credit(std::span<const RankedList> lists, const RankedList& shown,
                                         std::span<const char> clicks, double tau) {
  check_clicks(shown.size(), clicks);
  std::vector<double> credit(lists.size(), 0.0);
  RankedList before;
  for (size_t i = 0; i < shown.size(); ++i) {
    if (clicks[i]) {
      std::vector<double> chances;
      double sum = 0.0;
      for (const RankedList& list : lists)
        sum += chances.emplace_back(probability_in(list, before, shown[i], tau));
      for (size_t ranker = 0; ranker < lists.size() && sum > 0.0; ++ranker)
        credit[ranker] += chances[ranker] / sum;
    }
    before.push_back(shown[i]);
  }
  return credit;
}

void Preference::add(std::span<const double> credit) {
  error::require(credit.size() == 2, "a preference is between two rankers");
  if (credit[0] == credit[1]) {
    ++ties;
  } else {
    ++(credit[0] > credit[1] ? wins_a : wins_b);
  }
}

double Preference::advantage_of_b() const {
  const auto lists = static_cast<double>(wins_a + wins_b + ties);
  if (lists == 0.0) return 0.0;
  return (static_cast<double>(wins_b) + static_cast<double>(ties) / 2.0) / lists - 0.5;
}

double Preference::p() const { return stats::mcnemar_exact(wins_a, wins_b); }

}  // namespace assay::assignment
