#include "conformance/lists.h"

#include <gmock/gmock.h>

#include <limits>

#include "conformance/tensors.h"
#include "conformance/tiny_requests.h"
#include "conformance/tiny_world.h"
#include "contract/breach.h"

namespace assay {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

contract::Lists lists(const std::vector<int64_t>& item, const std::vector<float>& score,
                      int64_t width) {
  const auto rows = static_cast<int64_t>(item.size()) / width;
  return contract::Lists(CandidateBatch{conformance::to_tensor(item, {rows, width}),
                                        conformance::to_tensor(score, {rows, width})});
}

TEST(Padding, StandsAtTheTailWithMinusInfinity) {
  EXPECT_EQ(conformance::padding_problem(lists({4, -1}, {1, -kInf}, 2), {1}, 2), std::nullopt);
  EXPECT_EQ(conformance::padding_problem(lists({-1, 4}, {1, 1}, 2), {2}, 2),
            "request 0 has padding (-1) at rank 0 and item 4 after it; expected padding at the "
            "tail only");
  EXPECT_EQ(conformance::padding_problem(lists({4, -1}, {1, 0}, 2), {1}, 2),
            "request 0 has padding (-1) with score 0 at rank 1; expected -inf");
}

TEST(Padding, AFullListOfARequestWithFewCandidatesSaysHowManyThereWere) {
  EXPECT_EQ(conformance::padding_problem(lists({4, 0, 0, 7}, {4, 3, 2, 1}, 4), {1}, 4),
            "request 0 had 1 candidates, 4 slots; expected 3 x -1 at the tail, got item 0 twice, "
            "item 7 once");
}

TEST(Falling, EqualScoresMayStay) {
  EXPECT_EQ(conformance::falling_problem(lists({1, 2, 3}, {2, 2, 1}, 3)), std::nullopt);
  EXPECT_EQ(conformance::falling_problem(lists({1, 2, 3}, {2, 1, 1.5F}, 3)),
            "request 0 has score 1.5 at rank 2 after 1; expected non-increasing scores");
}

TEST(Ties, ItemsWhoseScoresAreCloseMaySwap) {
  const contract::Lists expected = lists({1, 2, 3}, {1.0F, 0.999999F, 0.5F}, 3);
  EXPECT_EQ(conformance::tie_problem(expected, lists({2, 1, 3}, {1.0F, 0.999999F, 0.5F}, 3), true),
            std::nullopt);
  EXPECT_EQ(conformance::tie_problem(expected, lists({3, 2, 1}, {1.0F, 0.999999F, 0.5F}, 3), true),
            std::nullopt)
      << "a score that another item has at that rank is a tie as well";
  EXPECT_NE(conformance::tie_problem(expected, lists({1, 2, 3}, {1.0F, 0.9999F, 0.5F}, 3), true),
            std::nullopt);
}

TEST(Ties, WhereScoresDoNotGiveTheOrderItemsMustBeEqual) {
  const contract::Lists expected = lists({1, 2}, {1, 1}, 2);
  EXPECT_EQ(conformance::tie_problem(expected, lists({2, 1}, {1, 1}, 2), false),
            "request 0 has item 2 with score 1 at rank 0; expected item 1 with score 1");
}

TEST(Bits, TheFirstDifferenceIsNamed) {
  const CandidateBatch a{conformance::to_tensor(std::vector<int64_t>{1, 2, 3, 4}, {2, 2}),
                         conformance::to_tensor(std::vector<float>{2, 1, 2, 1}, {2, 2})};
  CandidateBatch b{a.item.clone(), a.score.clone()};
  EXPECT_EQ(conformance::bits_problem(a, b), std::nullopt);
  b.score[1][1] = 0.5;
  EXPECT_EQ(conformance::bits_problem(a, b),
            "request 1 has item 4 with score 0.5 at rank 1; expected item 4 with score 1");
}

TEST(TinyWorld, IsTheSameEveryTime) {
  EXPECT_EQ(conformance::TinyWorld().fingerprint(), conformance::TinyWorld().fingerprint());
}

TEST(TinyWorld, HasWhatItPromises) {
  const conformance::TinyWorld world;
  const auto by_user = conformance::rows_of(world.training.by_user);
  const auto by_item = conformance::rows_of(world.training.by_item);
  EXPECT_GT(world.training.size(), 400);
  EXPECT_TRUE(by_user[conformance::TinyRequests::kNoPositives].empty());
  EXPECT_TRUE(world.training.user_seen[conformance::TinyRequests::kNoPositives].item<bool>());
  for (int64_t user = conformance::TinyWorld::kWarmUsers; user < conformance::TinyWorld::kUsers;
       ++user)
    EXPECT_FALSE(world.training.user_seen[user].item<bool>());
  for (size_t item = conformance::TinyWorld::kWarmItems; item < conformance::TinyWorld::kItems;
       ++item)
    EXPECT_TRUE(by_item[item].empty());
  EXPECT_EQ(conformance::TinyWorld(conformance::TinyWorld::Times::none).training.end_us, -1);
}

TEST(TinyRequests, SpecialOnesLackWhatTheyShould) {
  const RequestBatch requests = conformance::TinyRequests::all();
  const auto eligible = conformance::eligible_items(requests);
  EXPECT_EQ(requests.size(), 65);
  EXPECT_EQ(eligible[conformance::TinyRequests::kFewCandidates].size(), 3u);
  EXPECT_TRUE(eligible[conformance::TinyRequests::kAllExcluded].empty());
  EXPECT_EQ(requests.user[conformance::TinyRequests::kAnonymous].item<int64_t>(), -1);
  const auto allowed = conformance::eligible_items(conformance::TinyRequests::with_allowed());
  EXPECT_TRUE(allowed[5].empty());
  EXPECT_TRUE(allowed[6].empty());
}

TEST(TinyRequests, CandidatesHoldTheContractThatTheSuiteHoldsOthersTo) {
  const RequestBatch requests = conformance::TinyRequests::with_allowed();
  const CandidateBatch batch = conformance::tiny_candidates(requests);
  ASSERT_EQ(contract::shape_breach(batch, at::kCPU, 65, conformance::kTinyWidth), std::nullopt);
  const contract::Lists given(batch);
  EXPECT_EQ(conformance::number_problem(given), std::nullopt);
  EXPECT_EQ(conformance::duplicate_problem(given), std::nullopt);
  EXPECT_EQ(conformance::excluded_problem(given, requests.excluded), std::nullopt);
  EXPECT_EQ(conformance::allowed_problem(given, *requests.allowed), std::nullopt);
  EXPECT_EQ(conformance::falling_problem(given), std::nullopt);
}

TEST(SelectRequests, TakesEverythingAlong) {
  const RequestBatch some =
      conformance::select_requests(conformance::TinyRequests::with_allowed(), {64, 3});
  EXPECT_EQ(conformance::ids_of(some.request), (std::vector<int64_t>{64, 3}));
  EXPECT_EQ(some.history.rows(), 2);
  EXPECT_EQ(some.allowed->rows(), 2);
  EXPECT_EQ(some.context.rows, 2);
  EXPECT_EQ(some.context.at("device").values.size(0), 2);
  EXPECT_EQ(conformance::select_requests(some, {}).size(), 0);
}

}  // namespace
}  // namespace assay
