#include "features/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace assay::features {
namespace {

constexpr int64_t kDay = 86'400'000'000, kUsers = 9, kItems = 40;
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

/// Events at the turn of a day and at noon, so that many share their time; every fifth has no target.
struct Log {
  std::vector<int32_t> user, item;
  std::vector<int64_t> time_us;
  std::vector<uint8_t> positive;

  Log() {
    std::mt19937 draw(7);
    for (int64_t event = 0; event < 2000; ++event) {
      user.push_back(static_cast<int32_t>(draw() % kUsers));
      item.push_back(static_cast<int32_t>(std::min(draw() % kItems, draw() % kItems)));
      time_us.push_back(event / 5 * kDay / 2);
      positive.push_back(event % 5 == 0 ? 255 : draw() % 2);
    }
  }
  LogIndex index() const { return {{user, item, time_us, positive}, kUsers, kItems}; }
};

/// What a scan of the whole log says.
float scanned(const Log& log, const StatisticColumn& column, int64_t user, int64_t item,
              int64_t time_us) {
  int64_t events = 0, positives = 0, all = 0, all_positives = 0, last = -1;
  for (size_t e = 0; e < log.user.size(); ++e) {
    if (log.time_us[e] >= time_us) continue;
    ++all;
    all_positives += log.positive[e] == 1;
    if (column.owner != Owner::item && log.user[e] != user) continue;
    if (column.owner != Owner::user && log.item[e] != item) continue;
    ++events;
    positives += log.positive[e] == 1;
    last = log.time_us[e];
  }
  if (column.count == Count::events) return static_cast<float>(events);
  if (column.count == Count::recency)
    return last < 0 ? kMissing : static_cast<float>(static_cast<double>(time_us - last) / kDay);
  const double prior = static_cast<double>(all_positives) / static_cast<double>(all);
  return static_cast<float>((static_cast<double>(positives) + column.smoothing * prior) /
                            (static_cast<double>(events) + column.smoothing));
}

/// Requests of all users and of nobody at drawn times, each with drawn items and padding.
struct Asked {
  int64_t width = 12;
  std::vector<int64_t> user, time_us, item;

  Asked() {
    std::mt19937 draw(8);
    for (int64_t request = 0; request < 60; ++request) {
      user.push_back(request % 10 == 9 ? -1 : request % kUsers);
      time_us.push_back(request % 7 == 6 ? -1 : static_cast<int64_t>(draw() % 400) * kDay / 2);
      const auto first = static_cast<int64_t>(draw() % kItems);
      for (int64_t place = 0; place < width; ++place)
        item.push_back(place + 2 > width ? -1 : (first + 3 * place) % kItems);
    }
  }
  Moments moments() const { return {width, user, time_us, item}; }
};

std::vector<StatisticColumn> all_columns() {
  std::vector<StatisticColumn> out;
  for (const Owner owner : {Owner::user, Owner::item, Owner::pair})
    for (const Count count : {Count::events, Count::rate, Count::recency})
      out.push_back({owner, count, 3});
  return out;
}

std::vector<std::vector<float>> filled(const LogIndex& log, const Moments& moments) {
  std::vector<StatisticColumn> columns = all_columns();
  std::vector<std::vector<float>> out(columns.size(), std::vector<float>(moments.item.size(), -7));
  for (size_t n = 0; n < columns.size(); ++n) columns[n].to = out[n].data();
  fill_statistics(log, moments, columns);
  return out;
}

// Missing is one thing, whatever its bits.
bool same(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

TEST(Statistics, AreWhatAScanOfTheLogBeforeTheRequestSays) {
  const Log log;
  const Asked asked;
  const std::vector<StatisticColumn> columns = all_columns();
  const auto found = filled(log.index(), asked.moments());
  int64_t known = 0;
  for (size_t n = 0; n < columns.size(); ++n) {
    for (size_t row = 0; row < asked.item.size(); ++row) {
      const size_t request = row / asked.width;
      const int64_t user = asked.user[request], item = asked.item[row];
      const bool missing = asked.time_us[request] < 0 ||
                           (columns[n].owner != Owner::item && user < 0) ||
                           (columns[n].owner != Owner::user && item < 0);
      const float expected =
          missing ? kMissing : scanned(log, columns[n], user, item, asked.time_us[request]);
      EXPECT_TRUE(same(found[n][row], expected))
          << n << " " << row << ": " << found[n][row] << " instead of " << expected;
      known += std::isnan(expected) ? 0 : 1;
    }
  }
  EXPECT_GT(known, 3000);
}

TEST(Statistics, OfACandidateAreTheSameBitsWhateverItIsAskedWith) {
  const Log log;
  const LogIndex index = log.index();
  const Asked asked;
  const auto together = filled(index, asked.moments());
  for (size_t row = 0; row < asked.item.size(); ++row) {
    const size_t request = row / asked.width;
    const Moments alone{1, std::span(asked.user).subspan(request, 1),
                        std::span(asked.time_us).subspan(request, 1),
                        std::span(asked.item).subspan(row, 1)};
    const auto one = filled(index, alone);
    for (size_t n = 0; n < one.size(); ++n) EXPECT_TRUE(same(one[n][0], together[n][row]));
  }
}

TEST(Statistics, OfTheMomentOfAnEventDoNotCountIt) {
  const Log log;
  const LogIndex index = log.index();
  // The first event of the log, and one second later.
  EXPECT_EQ(index.before(log.time_us[0]), 0);
  EXPECT_EQ(index.before(log.time_us[0] + 1'000'000), 5);
  EXPECT_EQ(index.user(log.user[0], 0).events, 0);
  EXPECT_EQ(index.item(log.item[0], 0).last, -1);
}

TEST(Statistics, OfNoCandidatesAreNone) {
  const Log log;
  const std::vector<int64_t> user = {1}, time_us = {100 * kDay};
  EXPECT_TRUE(filled(log.index(), {0, user, time_us, {}}).front().empty());
}

TEST(Statistics, AreNamedByOwnerAndCount) {
  EXPECT_EQ(statistic_named("pair_recency")->owner, Owner::pair);
  EXPECT_EQ(statistic_named("pair_recency")->count, Count::recency);
  EXPECT_FALSE(statistic_named("pair_recency_"));
  EXPECT_FALSE(statistic_named("hour"));
}

}  // namespace
}  // namespace assay::features
