#include "analysis/request_cuts.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "unit/report/faked_run.h"

namespace assay::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

/// Two request sets, read in ranges of 1,000 requests.
struct RequestCuts : ::testing::Test {
  void add(const std::string& set, const std::vector<int32_t>& users,
           const std::vector<int64_t>& times) {
    const std::vector<std::string> ids(users.size(), "u");
    const std::vector<int64_t> offsets(users.size() + 1, 0);
    run.database.write(results::RequestSetRow{.request_set = set,
                                              .prepared_hash = "h-" + set,
                                              .fold = "all",
                                              .window = "test",
                                              .user_ids = ids,
                                              .users = users,
                                              .times = times,
                                              .truth_offsets = offsets});
    group.request_sets.push_back(set);
    sizes.push_back(std::ssize(users));
  }

  /// The slice of each request that is in one.
  std::map<int64_t, std::string> slices_of(RequestCut& cut) const {
    std::map<int64_t, std::string> slices;
    int64_t before = 0;
    for (size_t set = 0; set < sizes.size(); ++set) {
      for (int64_t first = 0; first < sizes[set]; first += 1000) {
        const auto parts = cut.parts({set, first, std::min<int64_t>(1000, sizes[set] - first)});
        for (size_t part = 0; part < parts.size(); ++part) {
          for (const size_t r : parts[part])
            slices[before + first + static_cast<int64_t>(r)] = cut.names()[part];
        }
      }
      before += sizes[set];
    }
    return slices;
  }

  faked::FakedRun run;
  results::Reader reader{run.database};
  TrialGroup group;
  std::vector<int64_t> sizes;
};

// Few times, so that most parts begin among equal ones; sorted stably as they should be.
TEST_F(RequestCuts, PartsOfTimeAreThoseOfAStableSort) {
  std::vector<int64_t> all;
  for (const int set : {0, 1}) {
    std::vector<int64_t> times;
    for (int r = 0; r < 2'500; ++r) {
      const auto time = static_cast<int64_t>(40 * faked::uniform(7 + set, r));
      times.push_back(time == 3 ? -1 : 1'500'000'000 + 10'000'019 * time);
    }
    add(std::to_string(set), std::vector<int32_t>(times.size(), 0), times);
    all.insert(all.end(), times.begin(), times.end());
  }
  std::vector<int64_t> order;
  for (int64_t r = 0; r < std::ssize(all); ++r) {
    if (all[static_cast<size_t>(r)] >= 0) order.push_back(r);
  }
  std::ranges::stable_sort(order, {}, [&](auto r) { return all[static_cast<size_t>(r)]; });
  const auto cut = cut_by_time(reader, group, task::parse_slice("time: 7"));
  for (int pass = 0; pass < 2; ++pass) {
    const auto slices = slices_of(*cut);
    ASSERT_THAT(slices, SizeIs(order.size()));
    for (int64_t part = 0; part < 7; ++part) {
      for (int64_t i = part * std::ssize(order) / 7; i < (part + 1) * std::ssize(order) / 7; ++i) {
        ASSERT_EQ(slices.at(order[static_cast<size_t>(i)]),
                  "time: " + std::to_string(part + 1) + " of 7");
      }
    }
  }
}

TEST_F(RequestCuts, PartsWithoutATimeAreEmpty) {
  add("1", {0, 1, 2}, {-1, 5, -1});
  EXPECT_THAT(slices_of(*cut_by_time(reader, group, task::parse_slice("time: 2"))),
              ElementsAre(std::pair(1, "time: 2 of 2")));
  group.request_sets = {};
  sizes = {};
  add("2", {0}, {-1});
  EXPECT_THAT(slices_of(*cut_by_time(reader, group, task::parse_slice("time: 2"))), SizeIs(0));
}

// Labels are read some users at a time; users need not come in order.
TEST_F(RequestCuts, UsersHaveTheirOwnLabelsInEverySet) {
  for (const int set : {0, 1}) {
    std::vector<int32_t> users = {19'999, -1, 3};
    for (int r = 0; r < 20'000; r += 5) users.push_back(r);
    add(std::to_string(set), users, std::vector<int64_t>(users.size(), 0));
    results::LabelRow labels{.prepared_hash = "h-" + std::to_string(set), .cut = "user.band"};
    labels.labels = set == 0 ? std::vector<std::string>{"a", "b"} : std::vector<std::string>{"b"};
    labels.offsets = {0};
    for (int user = 0; user < 20'000; ++user) {
      if (set == 0) labels.codes.push_back(user >= 9'000 ? 1 : 0);
      if (set == 1 && user % 2 == 0) labels.codes.push_back(0);
      labels.offsets.push_back(std::ssize(labels.codes));
    }
    run.database.write(labels);
  }
  const auto cut = cut_by_user(reader, group, task::parse_slice("user.band"));
  EXPECT_THAT(cut->names(), ElementsAre("user.band: a", "user.band: b"));
  const auto slices = slices_of(*cut);
  std::map<std::string, int> counts;
  for (const auto& [request, slice] : slices) ++counts[slice];
  EXPECT_EQ(counts["user.band: a"], 1 + 1'800);          // 3, and 0, 5, ... below 9,000
  EXPECT_EQ(counts["user.band: b"], 1 + 2'200 + 2'000);  // 19,999 and the rest; the even ones
  EXPECT_EQ(slices.at(0), "user.band: b");
  EXPECT_FALSE(slices.contains(1)) << "anonymous";
  EXPECT_EQ(cut_by_user(reader, group, task::parse_slice("user.unknown")), nullptr);
}

}  // namespace
}  // namespace assay::analysis
