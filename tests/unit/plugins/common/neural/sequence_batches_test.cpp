#include <assay/extra/neural/sequence_batches.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tiny_data.h"

namespace assay::test {
namespace {

using extra::NextItemBatch;
using extra::RaggedSpans;
using extra::SequenceBatch;
using extra::SequenceBatches;
using testing::ElementsAre;

TEST(SequenceBatch, PadsAtTheEndAndCountsPositionsFromTheLastItem) {
  const Ragged rows = ragged({{7, 8, 9}, {4}});
  const SequenceBatch batch = extra::sequence_batch(RaggedSpans(rows), {0, 1}, 5);
  EXPECT_THAT(lists(batch.item), ElementsAre(ElementsAre(7, 8, 9), ElementsAre(4, -1, -1)));
  EXPECT_THAT(lists(batch.position), ElementsAre(ElementsAre(2, 3, 4), ElementsAre(4, -1, -1)));
  EXPECT_THAT(lists(batch.valid.unsqueeze(0))[0], ElementsAre(0, 1, 2, 3));
}

TEST(SequenceBatch, TakesTheLatestItems) {
  const Ragged rows = ragged({{1, 2, 3, 4, 5}});
  const SequenceBatch batch = extra::sequence_batch(RaggedSpans(rows), {0}, 2, 4);
  EXPECT_THAT(lists(batch.item), ElementsAre(ElementsAre(4, 5, -1, -1)));
}

TEST(SequenceBatch, AsksForTheItemBehindEachSequence) {
  const Ragged rows = ragged({{1, 2, 3, 4}, {5}});
  const SequenceBatch batch = extra::sequence_batch(RaggedSpans(rows), {0, 1}, 3, 0, true);
  EXPECT_THAT(lists(batch.item),
              ElementsAre(ElementsAre(3, 4, extra::kMasked), ElementsAre(5, extra::kMasked, -1)));
  EXPECT_THAT(lists(batch.position), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(1, 2, -1)));
}

TEST(SequenceBatches, ShowsAllButTheLastItemAndAsksForTheNextOne) {
  SequenceBatches batches(training_of({{1, 2, 3}, {4}, {}, {5, 6}}, 7), 10, 8, 1);
  EXPECT_EQ(batches.users(), 2);  // one item has no next one
  batches.start(1);
  const NextItemBatch batch = batches.batch(0);
  EXPECT_THAT(batch.users, ElementsAre(3, 0));  // shorter ones first
  EXPECT_THAT(lists(batch.seen.item), ElementsAre(ElementsAre(5, -1), ElementsAre(1, 2)));
  EXPECT_THAT(lists(batch.next.unsqueeze(0))[0], ElementsAre(6, 2, 3));
  EXPECT_THAT(lists(batch.row.unsqueeze(0))[0], ElementsAre(0, 1, 1));
}

// User u has u % 9 + 2 items.
TrainingView staircase(int64_t users) {
  Lists by_user;
  for (int64_t user = 0; user < users; ++user) {
    by_user.emplace_back();
    for (int64_t n = 0; n < user % 9 + 2; ++n) by_user.back().push_back(n);
  }
  return training_of(by_user, 11);
}

TEST(SequenceBatches, AnEpochHasEveryUserOnceAndIsTheSameAgain) {
  const TrainingView data = staircase(100);
  SequenceBatches one(data, 50, 8, 3), two(data, 50, 8, 3);
  one.start(1);
  one.start(2);
  two.start(2);
  std::multiset<int64_t> users;
  for (int64_t n = 0; n < one.batches(); ++n) {
    EXPECT_EQ(one.batch(n).users, two.batch(n).users);
    for (const int64_t user : one.batch(n).users) users.insert(user);
  }
  EXPECT_EQ(users.size(), 100);
  EXPECT_EQ(std::set<int64_t>(users.begin(), users.end()).size(), 100);
}

TEST(SequenceBatches, MasksAShareOfTheItemsAndAsksForThem) {
  SequenceBatches batches(staircase(900), 50, 900, 3);
  batches.start(1);
  extra::SplitMix random(1, 1);
  const NextItemBatch batch = batches.masked_batch(0, 0.5, random);
  const std::vector<int64_t> place = lists(batch.seen.valid.unsqueeze(0))[0],
                             next = lists(batch.next.unsqueeze(0))[0],
                             row = lists(batch.row.unsqueeze(0))[0];
  const int64_t width = batch.seen.item.size(1);
  std::set<int64_t> rows(row.begin(), row.end());
  EXPECT_EQ(rows.size(), 900);  // at least one item each
  for (size_t n = 0; n < place.size(); ++n) {
    EXPECT_EQ(place[n] / width, row[n]);
    EXPECT_EQ(place[n] % width, next[n]);  // item n stands at place n
    EXPECT_EQ(batch.seen.item.flatten()[place[n]].item<int64_t>(), extra::kMasked);
  }
  const double share = static_cast<double>(place.size()) /
                       static_cast<double>(batch.seen.item.ne(-1).sum().item<int64_t>());
  EXPECT_NEAR(share, 0.9 * 0.5 + 0.1 / 6, 0.03);  // a tenth has one of its six, on average
  EXPECT_EQ(batch.seen.item.eq(extra::kMasked).sum().item<int64_t>(), std::ssize(place));
}

TEST(SequenceBatches, HardlyAnythingIsPadding) {
  SequenceBatches batches(staircase(2000), 50, 16, 3);
  batches.start(1);
  int64_t places = 0, valid = 0;
  for (int64_t n = 0; n < batches.batches(); ++n) {
    const NextItemBatch batch = batches.batch(n);
    places += batch.seen.item.numel();
    valid += batch.seen.valid.numel();
  }
  EXPECT_LT(static_cast<double>(places), 1.1 * static_cast<double>(valid));
}

TEST(SequenceBatches, DataWithoutSequencesHaveNoBatches) {
  SequenceBatches batches(training_of({{1}, {}}, 3), 50, 16, 3);
  batches.start(1);
  EXPECT_EQ(batches.batches(), 0);
}

}  // namespace
}  // namespace assay::test
