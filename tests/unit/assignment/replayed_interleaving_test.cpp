#include "assignment/replayed_interleaving.h"

#include <gmock/gmock.h>

#include <set>

namespace assay::assignment {
namespace {

constexpr InterleavingMethod kMethods[] = {
    InterleavingMethod::balanced, InterleavingMethod::team_draft, InterleavingMethod::probabilistic,
    InterleavingMethod::optimised};

/// Requests whose one relevant item ranker 0 shows at `rank_a` and ranker 1 at `rank_b` (from 0) in
/// lists that otherwise hold the same ten items.
std::vector<ReplayedRequest> requests_of(int64_t count, size_t rank_a, size_t rank_b) {
  std::vector<ReplayedRequest> out;
  for (int64_t r = 0; r < count; ++r) {
    RankedList a = {1, 2, 3, 4, 5}, b = {1, 2, 3, 4, 5};
    a.insert(a.begin() + static_cast<std::ptrdiff_t>(rank_a), 9);
    b.insert(b.begin() + static_cast<std::ptrdiff_t>(rank_b), 9);
    out.push_back({{a, b}, {9}, r});
  }
  return out;
}

ReplayOptions with(InterleavingMethod method) {
  ReplayOptions options;
  options.method = method;
  options.length = 4;
  options.resamples = 50;
  return options;
}

TEST(ReplayedInterleaving, EveryMethodPrefersTheRankerThatShowsWhatIsRelevantHigher) {
  for (const InterleavingMethod method : kMethods) {
    const auto requests = requests_of(400, 5, 0);
    const InterleavingResult result = replay_interleaving(requests, 2, with(method));
    ASSERT_EQ(result.pairs.size(), 1U) << method_name(method);
    EXPECT_GT(result.pairs[0].advantage.value.value(), 0.1) << method_name(method);
    EXPECT_LT(result.pairs[0].p, 1e-6) << method_name(method);
    EXPECT_EQ(result.requests, 400);
    EXPECT_EQ(result.users, 400);
  }
}

// Users whom one seed of b serves better and the other worse, equally often, prefer neither.
TEST(ReplayedInterleaving, AUserIsOneObservationOverAllSeeds) {
  std::vector<ReplayedRequest> requests = requests_of(100, 5, 0);
  std::vector<ReplayedRequest> other = requests_of(100, 0, 5);
  for (ReplayedRequest& request : other) request.seed = 1;
  requests.insert(requests.end(), other.begin(), other.end());
  const InterleavingResult result =
      replay_interleaving(requests, 2, with(InterleavingMethod::balanced));
  EXPECT_EQ(result.users, 100);
  EXPECT_EQ(result.seeds, 2);
  EXPECT_EQ(result.requests, 200);
  EXPECT_EQ(result.pairs[0].advantage.n, 100);
  EXPECT_TRUE(result.pairs[0].advantage.interval->holds(0));
  EXPECT_NEAR(result.clicks_per_request[0], result.clicks_per_request[1], 1e-12);
  EXPECT_EQ(result.sensitivity.back().users, 100) << "further seeds are no further users";
}

TEST(ReplayedInterleaving, EqualRankersAreNotToldApart) {
  for (const InterleavingMethod method : kMethods) {
    const auto requests = requests_of(400, 2, 2);
    const InterleavingResult result = replay_interleaving(requests, 2, with(method));
    EXPECT_GT(result.pairs[0].p, 0.001) << method_name(method);
    EXPECT_TRUE(result.pairs[0].advantage.interval->holds(0)) << method_name(method);
  }
}

TEST(ReplayedInterleaving, TheSameSeedGivesTheSameResult) {
  const auto requests = requests_of(100, 2, 2);  // won by whose team the item is in
  std::set<int64_t> wins;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    ReplayOptions options = with(InterleavingMethod::team_draft);
    options.seed = seed;
    const int64_t first = replay_interleaving(requests, 2, options).pairs[0].requests.wins_b;
    EXPECT_EQ(replay_interleaving(requests, 2, options).pairs[0].requests.wins_b, first);
    wins.insert(first);
  }
  EXPECT_GT(wins.size(), 2U) << "another seed draws other teams";
}

TEST(ReplayedInterleaving, RequestsOfAUserAreOneObservation) {
  auto requests = requests_of(400, 5, 0);
  for (size_t r = 0; r < requests.size(); ++r) requests[r].user = static_cast<int64_t>(r / 40);
  const InterleavingResult result =
      replay_interleaving(requests, 2, with(InterleavingMethod::team_draft));
  EXPECT_EQ(result.requests, 400);
  EXPECT_EQ(result.users, 10);
  EXPECT_EQ(result.pairs[0].advantage.n, 10);
  EXPECT_NEAR(result.pairs[0].p, 2.0 / 1024, 1e-12) << "ten users, all on one side";
  EXPECT_TRUE(result.sensitivity.empty()) << "too few users to be drawn from";
}

TEST(ReplayedInterleaving, RequestsWithoutARelevantItemArePassedOver) {
  auto requests = requests_of(10, 1, 0);
  requests[3].relevant.clear();
  EXPECT_EQ(replay_interleaving(requests, 2, with(InterleavingMethod::balanced)).requests, 9);
}

TEST(ReplayedInterleaving, SeveralRankersAreComparedInPairsAndCorrected) {
  auto requests = requests_of(300, 4, 0);
  for (ReplayedRequest& request : requests) request.lists.push_back(request.lists[0]);
  for (const InterleavingMethod method :
       {InterleavingMethod::team_draft, InterleavingMethod::probabilistic}) {
    const InterleavingResult result = replay_interleaving(requests, 3, with(method));
    ASSERT_EQ(result.pairs.size(), 3U);
    EXPECT_GT(result.pairs[0].advantage.value.value(), 0) << "1 over 0";
    EXPECT_LT(result.pairs[2].advantage.value.value(), 0) << "2 over 1";
    EXPECT_GE(result.pairs[0].p_adjusted, result.pairs[0].p);
    EXPECT_EQ(result.clicks_per_request.size(), 3U);
  }
}

// Both rankers show the item in every list: an A/B test of clicks sees nothing, ever.
TEST(ReplayedInterleaving, FindsADifferenceOfRanksThatAnABTestOfClicksCannotSee) {
  const auto requests = requests_of(200, 3, 0);
  const InterleavingResult result =
      replay_interleaving(requests, 2, with(InterleavingMethod::team_draft));
  ASSERT_EQ(result.sensitivity.size(), 4U);
  EXPECT_EQ(result.sensitivity.front().users, 25);
  EXPECT_EQ(result.sensitivity.back().users, 200);
  EXPECT_GT(result.sensitivity.back().interleaving, 0.9);
  EXPECT_EQ(result.sensitivity.back().ab, 0);
}

TEST(ReplayedInterleaving, SensitivityGrowsWithTraffic) {
  auto requests = requests_of(200, 5, 5);
  for (size_t r = 0; r < 40; ++r) requests[r] = requests_of(1, 5, 0)[0];
  for (size_t r = 0; r < requests.size(); ++r) requests[r].user = static_cast<int64_t>(r);
  const InterleavingResult result =
      replay_interleaving(requests, 2, with(InterleavingMethod::team_draft));
  const std::vector<Sensitivity>& sizes = result.sensitivity;
  ASSERT_GE(sizes.size(), 3U);
  EXPECT_LT(sizes.front().interleaving, sizes.back().interleaving);
  EXPECT_GT(sizes.back().ab, 0.9) << "clicks differ too: all or nothing";
}

}  // namespace
}  // namespace assay::assignment
