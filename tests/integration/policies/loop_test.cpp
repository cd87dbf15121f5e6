#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "dataset/prepared.h"
#include "error/error.h"
#include "integration/runs/workbench.h"
#include "results/loop_table.h"
#include "simulator/click_models.h"

// The logs that variants make themselves in a loop, through real workers.

namespace assay::testing {
namespace {

using ::testing::IsEmpty;

constexpr char kExperiment[] = R"(name: loop
device: cpu
data:
  source:
    format: simulator
    simulator: {users: 100, items: 50, days: 6, events: 3600, allowed: 15, click_rate: 0.2}
  split: {rank: 0, validation: 0.1}
traffic: {requests: logged, candidates: allowed, exclude_seen: []}
serve: {size: 4}
metrics: {groups: [accuracy], cutoffs: [3], primary: ndcg@3}
variants:
  neighbours: {recall: [{plugin: item_knn, k: 15}]}
loop: {days: 3}
)";

constexpr int64_t kDays = 6, kLoopDays = 3;

task::SimulatorSpec spec() {
  task::SimulatorSpec spec;
  spec.users = 100;
  spec.items = 50;
  spec.days = kDays;
  spec.events = 3600;
  spec.allowed = 15;
  spec.click_rate = 0.2;
  return spec;
}

/// User, item and day, as the world numbers them.
using Click = std::tuple<int32_t, int32_t, int64_t>;

int32_t number(std::string_view id) { return std::stoi(std::string(id)); }

class LoopRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Workbench>();
    ASSERT_TRUE(bench_->run(kExperiment).failed.empty());
  }
  static void TearDownTestSuite() { bench_.reset(); }

  /// The logs of the days, the first one first.
  static std::vector<dataset::PreparedData> logs() {
    std::vector<dataset::PreparedData> found;
    for (const auto& entry : std::filesystem::directory_iterator(bench_->path("cache/prepared"))) {
      try {
        auto data = dataset::PreparedData::open(entry.path().string());
        if (data.info().contains("loop_log")) found.push_back(data);
      } catch (const error::UserError&) {  // logged rows lie there too
      }
    }
    std::ranges::sort(found, {}, [](const dataset::PreparedData& data) {
      return data.requests(task::Window::test).time_us.front();
    });
    return found;
  }

  /// Events of the days of the loop.
  static std::multiset<Click> events_of_loop(const dataset::PreparedData& log) {
    std::multiset<Click> out;
    const auto user = log.array<int32_t>("event.user"), item = log.array<int32_t>("event.item");
    const auto time_us = log.array<int64_t>("event.time_us");
    for (size_t e = 0; e < user.size(); ++e) {
      const int64_t day = simulator::day_of(time_us[e]);
      if (day >= kDays - kLoopDays)
        out.emplace(number(log.user_id(user[e])), number(log.item_id(item[e])), day);
    }
    return out;
  }

  /// What is clicked on what was served on a day of the loop (from 1), whose log this is.
  static std::multiset<Click> clicks_on(const dataset::PreparedData& log, int day) {
    const auto database = results::Database::open_readonly(bench_->path("results.sqlite"));
    const results::Reader reader(database);
    const std::string key =
        bench_->text("SELECT trial_key FROM run_trial WHERE fold = '" + std::to_string(day) + "'");
    const results::Slates slates = reader.slates(key);
    const auto requests = log.requests(task::Window::test);
    const simulator::World world(spec());
    std::multiset<Click> out;
    for (int64_t r = 0; r < slates.requests; ++r) {
      std::vector<int32_t> slate;
      for (int place = 0; place < slates.size; ++place)
        if (const int32_t item = slates.items[r * slates.size + place]; item >= 0)
          slate.push_back(number(log.item_id(item)));
      std::vector<uint8_t> clicked(slate.size());
      const int32_t user = number(log.user_id(requests.user[r]));
      const int64_t at = simulator::day_of(requests.time_us[r]);
      EXPECT_EQ(at, kDays - kLoopDays + day - 1) << "a fold is a day";
      simulator::draw_clicks(world, user, at, slate, clicked);
      for (size_t place = 0; place < slate.size(); ++place)
        if (clicked[place]) out.emplace(user, slate[place], at);
    }
    return out;
  }

  static inline std::unique_ptr<Workbench> bench_;
};

TEST_F(LoopRun, ALogHoldsTheClicksOnWhatWasServedOnTheDaysBeforeAndNoOthers) {
  const auto all = logs();
  ASSERT_EQ(all.size(), static_cast<size_t>(kLoopDays));
  EXPECT_THAT(events_of_loop(all[0]), IsEmpty()) << "nothing was served yet";
  std::multiset<Click> so_far;
  for (int day = 1; day < kLoopDays; ++day) {
    const auto clicks = clicks_on(all[day - 1], day);
    EXPECT_FALSE(clicks.empty());
    so_far.insert(clicks.begin(), clicks.end());
    EXPECT_EQ(events_of_loop(all[day]), so_far) << day;
  }
}

TEST_F(LoopRun, HistoriesOfADayEndWithTheDayBefore) {
  for (const dataset::PreparedData& log : logs()) {
    const auto requests = log.requests(task::Window::test);
    const auto user = log.array<int32_t>("event.user"), item = log.array<int32_t>("event.item");
    for (int64_t r = 0; r < requests.size(); ++r) {
      std::vector<int64_t> known;
      for (size_t e = 0; e < user.size(); ++e)
        if (user[e] == requests.user[r]) known.push_back(item[e]);
      const auto history = requests.history.row(r);
      EXPECT_EQ(std::vector<int64_t>(history.begin(), history.end()), known);
    }
  }
}

TEST_F(LoopRun, WhatStagesValidateWithIsWhatTheVariantServed) {
  const auto all = logs();
  const dataset::PreparedData& last = all.back();
  std::multiset<Click> served = events_of_loop(last);
  const auto requests = last.requests(task::Window::validation);
  int64_t checked = 0;
  for (int64_t r = 0; r < requests.size(); ++r) {
    const int64_t day = simulator::day_of(requests.time_us[r]);
    if (day < kDays - kLoopDays) continue;
    ++checked;
    for (const int64_t item : requests.truth.row(r))
      EXPECT_TRUE(served.contains(
          {number(last.user_id(requests.user[r])), number(last.item_id(item)), day}));
  }
  EXPECT_GT(checked, 0);
}

TEST_F(LoopRun, TheTrueValueOfADayIsWithinFourStandardErrorsOfItsClicks) {
  const auto database = results::Database::open_readonly(bench_->path("results.sqlite"));
  const auto rows = results::loop_days(results::Reader(database), 1);
  const auto all = logs();
  for (int day = 1; day < kLoopDays; ++day) {
    const auto row = std::ranges::find_if(rows, [&](const results::LoopDayRow& each) {
      return each.day == day && each.measure == "clicks";
    });
    ASSERT_NE(row, rows.end());
    ASSERT_TRUE(row->value);
    const auto requests = static_cast<double>(row->requests);
    const double mean = static_cast<double>(clicks_on(all[day - 1], day).size()) / requests;
    // Clicks of a request have a variance below their mean times the places of its list.
    EXPECT_NEAR(mean, *row->value, 4 * std::sqrt(*row->value * 4 / requests)) << day;
  }
}

}  // namespace
}  // namespace assay::testing
