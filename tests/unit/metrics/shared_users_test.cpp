#include "metrics/shared_users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "unit/metrics/oracle_world.h"

namespace assay::metrics {
namespace {

using testing::Lists;
using testing::numbers;
using testing::padded;
using testing::ragged;
using testing::World;

// Sets of users of 80 items, from none to nearly all of 2,000.
Lists item_users() {
  std::mt19937 draw(7);
  Lists sets;
  for (int item = 0; item < 80; ++item) {
    const double share = item % 5 == 0 ? .4 : item % 5 == 1 ? 0 : .005 * (item % 5);
    sets.emplace_back();
    for (int64_t user = 0; user < 2000; ++user)
      if (std::generate_canonical<double, 32>(draw) < share) sets.back().push_back(user);
  }
  return sets;
}

int64_t in_both(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  std::vector<int64_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return std::ssize(both);
}

std::vector<int64_t> drawn(std::mt19937& draw, size_t count, int64_t from) {
  std::vector<int64_t> items(static_cast<size_t>(from));
  std::iota(items.begin(), items.end(), 0);
  std::shuffle(items.begin(), items.end(), draw);
  items.resize(count);
  return items;
}

TEST(SharedUsers, CountsAreThoseOfTheSetsWhateverWasHeldBefore) {
  const Lists sets = item_users();
  const ItemSets made(ragged(sets), 2000);
  SharedUsers shared(made, true);
  std::mt19937 draw(11);
  SharedUsers::Counts counts;
  for (size_t round = 0; round < 40; ++round) {
    const auto held = drawn(draw, 1 + round % SharedUsers::kMost, 80);
    shared.hold(held);
    for (const int64_t other : drawn(draw, 10, 80)) {
      shared.count(other, counts);
      for (size_t j = 0; j < held.size(); ++j)
        ASSERT_EQ(counts[j], in_both(sets[other], sets[held[j]])) << round;
    }
    for (size_t a = 0; a < held.size(); ++a)
      for (size_t b = 0; b < held.size(); ++b)
        ASSERT_EQ(shared.among(a, b), in_both(sets[held[a]], sets[held[b]])) << round;
  }
}

TEST(SharedUsers, AnItemMayBeHeldTwice) {
  const Lists sets = {{0, 1, 5}, {1, 5}, {2}};
  const ItemSets made(ragged(sets), 6);
  SharedUsers shared(made, false);
  shared.hold(std::vector<int64_t>{0, 2, 0});
  SharedUsers::Counts counts;
  shared.count(1, counts);
  EXPECT_THAT(std::vector<int32_t>(counts.begin(), counts.begin() + 3),
              ::testing::ElementsAre(2, 0, 2));
}

// The definitions, pair by pair, in the same order.
struct Plain {
  const Lists& sets;

  double similarity(int64_t a, int64_t b) const {
    const auto product = static_cast<double>(std::ssize(sets[a]) * std::ssize(sets[b]));
    return product > 0 ? static_cast<double>(in_both(sets[a], sets[b])) / std::sqrt(product) : 0;
  }
  double distance(const std::vector<int64_t>& list) const {
    double sum = 0, pairs = 0;
    for (size_t j = 0; j < list.size(); ++j)
      for (size_t i = 0; i < j; ++i) sum += 1 - similarity(list[i], list[j]), ++pairs;
    return sum / pairs;
  }
  double unexpectedness(const std::vector<int64_t>& list, std::vector<int64_t> history) const {
    std::ranges::sort(history);
    double sum = 0;
    for (const int64_t item : list) {
      double alike = 0;
      for (const int64_t other : history) alike += similarity(other, item);
      sum += 1 - alike / static_cast<double>(history.size());
    }
    return sum / static_cast<double>(list.size());
  }
};

TEST(CooccurrenceMetrics, ListsLongerThanTheMaskAreMeasuredToTheLastBit) {
  const Lists sets = item_users();
  Lists by_user(2000);
  for (size_t item = 0; item < sets.size(); ++item)
    for (const int64_t user : sets[item]) by_user[user].push_back(static_cast<int64_t>(item));
  World world(by_user, 80);
  std::mt19937 draw(3);
  Lists lists, histories;
  for (int row = 0; row < 30; ++row) {
    lists.push_back(drawn(draw, 70, 80));
    histories.push_back(drawn(draw, 12, 80));
  }
  std::vector<MetricAtCutoff> columns;
  const std::vector<int64_t> cutoffs = {5, 32, 33, 70};
  for (const int64_t cutoff : cutoffs)
    for (const char* name : {"intra_list_distance", "unexpectedness"})
      columns.push_back({metric_catalog::parse_metric(name).id, cutoff});
  const at::Tensor values = MetricPass(columns, world.data())
                                .exact_values({.items = padded(lists),
                                               .truth = ragged(Lists(lists.size())),
                                               .context = {.history = ragged(histories)}});
  const Plain plain{sets};
  for (size_t row = 0; row < lists.size(); ++row) {
    for (size_t c = 0; c < cutoffs.size(); ++c) {
      const std::vector<int64_t> list(lists[row].begin(), lists[row].begin() + cutoffs[c]);
      const auto at = static_cast<int64_t>(2 * c);
      EXPECT_EQ(numbers(values[at])[row], plain.distance(list));
      EXPECT_EQ(numbers(values[at + 1])[row], plain.unexpectedness(list, histories[row]));
    }
  }
}

}  // namespace
}  // namespace assay::metrics
