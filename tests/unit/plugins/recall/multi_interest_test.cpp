#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::Each;

constexpr int64_t kItems = 24;

// Every user goes through items of two of four groups of six, two of one and then two of the other.
Lists walks() {
  Lists by_user;
  for (int64_t user = 0; user < 60; ++user) {
    const int64_t groups[] = {user % 4, (user + 1 + user / 4 % 3) % 4};
    by_user.emplace_back();
    for (int64_t n = 0; n < 10; ++n)
      by_user.back().push_back(6 * groups[n / 2 % 2] + (user + n) % 6);
  }
  return by_user;
}

ParamMap small(const std::string& loss = "sampled_softmax") {
  return {{"factors", int64_t{16}},   {"attention", int64_t{32}},
          {"epochs", int64_t{40}},    {"batch_size", int64_t{8}},
          {"learning_rate", 0.01},    {"interests", int64_t{2}},
          {"negatives", int64_t{12}}, {"loss", loss},
          {"length", int64_t{10}}};
}

TEST(MultiInterest, LearnsBothInterestsOfAUser) {
  for (const std::string loss : {"sampled_softmax", "cross_entropy"}) {
    const auto model = make_recall("multi_interest", small(loss));
    const TrainingView data = training_of(walks(), kItems);
    const RequestBatch requests = requests_of({{0, 12, 1, 13}});
    const Lists found = lists(recalled(*model, data, requests, 6).item);
    int64_t first = 0, second = 0;
    for (const int64_t item : found[0]) {
      first += item / 6 == 0;
      second += item / 6 == 2;
    }
    EXPECT_GE(first + second, 5) << loss;
    EXPECT_GE(std::min(first, second), 1) << loss;
  }
}

TEST(MultiInterest, ListsHoldEveryItemOnceByFallingScore) {
  const auto model = make_recall("multi_interest", small());
  const RequestBatch requests = requests_of({{0, 12}, {}, {5}});
  const CandidateBatch best = recalled(*model, training_of(walks(), kItems), requests, kItems + 3);
  const Lists found = lists(best.item);
  const Numbers scores = numbers(best.score);
  const std::set<int64_t> different(found[0].begin(), found[0].end());
  EXPECT_EQ(std::ssize(different), kItems - 2 + 1) << "all that is not excluded, and padding";
  EXPECT_TRUE(std::ranges::is_sorted(scores[0], std::greater{}));
  EXPECT_EQ(std::ranges::count(found[0], -1), 5);
  EXPECT_THAT(found[1], Each(-1)) << "no history";
}

TEST(MultiInterest, FitsTheSameTwiceAndServesTheSameAfterSaveAndLoad) {
  const TrainingView data = training_of(walks(), kItems);
  const RequestBatch requests = requests_of({{0, 12}, {}, {5, 6, 7}});
  const auto model = make_recall("multi_interest", small());
  const auto again = make_recall("multi_interest", small());
  const CandidateBatch first = recalled(*model, data, requests, 7);
  EXPECT_TRUE(first.score.equal(recalled(*again, data, requests, 7).score));
  const CandidateBatch after =
      copied(*model, make_recall("multi_interest", small()))->recall(requests, 7, tiny_serve());
  EXPECT_TRUE(first.item.equal(after.item));
  EXPECT_TRUE(first.score.equal(after.score));
}

TEST(MultiInterest, OnlyAllowedItemsAreServed) {
  const auto model = make_recall("multi_interest", small());
  RequestBatch requests = requests_of({{0, 12}});
  requests.allowed = ragged({{0, 3, 20}});
  const Lists found = lists(recalled(*model, training_of(walks(), kItems), requests, 4).item);
  EXPECT_THAT(found[0], testing::UnorderedElementsAre(3, 20, -1, -1));
}

TEST(MultiInterest, NoEventsGiveAModelThatServes) {
  const auto model = make_recall("multi_interest", small());
  const Lists found =
      lists(recalled(*model, training_of(Lists{{}, {}}, 4), requests_of({{1}}), 2).item);
  EXPECT_THAT(found[0], Each(testing::Ge(0)));
}

}  // namespace
}  // namespace assay::test
