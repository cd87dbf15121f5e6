#include "dataset/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sample_events.h"

namespace assay::dataset {
namespace {

using test::TestFolder;
using testing::DoubleNear;
using testing::ElementsAre;

/// A log of (user, item) at times 100, 101, ...; users and items beyond it are known, without
/// events.
DataStatistics describe(const std::vector<std::pair<int, int>>& log, int users, int items,
                        bool with_times = true) {
  Dataset data;
  for (int user = 0; user < users; ++user) data.users.ids.add(std::to_string(user));
  for (int item = 0; item < items; ++item) data.items.ids.add(std::to_string(item));
  for (const auto& [user, item] : log) {
    data.events.user.push_back(user);
    data.events.item.push_back(item);
    if (with_times)
      data.events.time_us.push_back((100 + std::ssize(data.events.time_us)) * kMicroseconds);
  }
  TestFolder folder;
  write_imported(data, {{"format", "csv"}}, folder.path("log.safetensors"));
  return statistics(ImportedData::open(folder.path("log.safetensors")));
}

/// Items 0, 1, 2, ... with 10, 9, 8, ... events, one user each.
std::vector<std::pair<int, int>> staircase() {
  std::vector<std::pair<int, int>> log;
  for (int item = 0; item < 10; ++item) {
    for (int event = 0; event < 10 - item; ++event) log.emplace_back(event, item);
  }
  return log;
}

TEST(Statistics, CurveFallsFromTheMostPopularItemToTheLast) {
  const DataStatistics facts = describe(staircase(), 10, 12);
  ASSERT_EQ(facts.popularity.size(), 10);
  for (int rank = 1; rank <= 10; ++rank) {
    EXPECT_EQ(facts.popularity[rank - 1].rank, rank);
    EXPECT_EQ(facts.popularity[rank - 1].events, 11 - rank);
  }
  EXPECT_EQ(facts.items_without_events, 2);
}

TEST(Statistics, CurveOfManyItemsIsThinnedAndReachesBothEnds) {
  std::vector<std::pair<int, int>> log;
  for (int item = 0; item < 5000; ++item) log.emplace_back(0, item);
  const DataStatistics facts = describe(log, 1, 5000);
  EXPECT_LT(facts.popularity.size(), 100);
  EXPECT_EQ(facts.popularity.front().rank, 1);
  EXPECT_EQ(facts.popularity.back().rank, 5000);
  for (size_t i = 1; i < facts.popularity.size(); ++i)
    EXPECT_GT(facts.popularity[i].rank, facts.popularity[i - 1].rank);
}

TEST(Statistics, BinsHoldEveryUserWithEventsOnce) {
  // Users 0 to 9 have 10, 9, ..., 1 events; user 10 has none.
  const DataStatistics facts = describe(staircase(), 11, 10);
  std::vector<int64_t> from, users;
  for (const HistoryBin& bin : facts.histories) {
    from.push_back(bin.from);
    users.push_back(bin.users);
  }
  EXPECT_THAT(from, ElementsAre(1, 2, 4, 8));
  EXPECT_THAT(users, ElementsAre(1, 2, 4, 3));
  EXPECT_EQ(facts.histories.back().to, 15);
}

TEST(Statistics, ColdSharesAreThoseOfTheNewestTenth) {
  // 20 events, the newest two are of a new user 2 with a known item and of user 0 with a new item.
  std::vector<std::pair<int, int>> log;
  for (int event = 0; event < 18; ++event) log.emplace_back(event % 2, event % 3);
  log.emplace_back(2, 1);
  log.emplace_back(0, 3);
  const DataStatistics facts = describe(log, 3, 4);
  EXPECT_THAT(facts.cold_user_share, DoubleNear(0.5, 1e-12));
  EXPECT_THAT(facts.cold_item_share, DoubleNear(0.5, 1e-12));
  EXPECT_TRUE(std::isnan(describe(log, 3, 4, false).cold_user_share));
}

TEST(Statistics, JsonHasNullForWhatNeedsTimes) {
  const nlohmann::json timed = to_json(describe(staircase(), 10, 10));
  EXPECT_EQ(timed.at("first_time_s"), 100);
  EXPECT_EQ(timed.at("duplicates"), 0);
  EXPECT_EQ(timed.at("popularity").at(0), nlohmann::json({{"rank", 1}, {"events", 10}}));
  EXPECT_EQ(timed.at("history_lengths").at("values").back(), 10);
  const nlohmann::json untimed = to_json(describe(staircase(), 10, 10, false));
  for (const char* key : {"first_time_s", "last_time_s", "duplicates", "cold_user_share"})
    EXPECT_TRUE(untimed.at(key).is_null()) << key;
}

}  // namespace
}  // namespace assay::dataset
