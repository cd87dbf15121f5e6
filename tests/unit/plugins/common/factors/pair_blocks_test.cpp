#include <ATen/Parallel.h>
#include <assay/extra/factors/pair_blocks.h>
#include <gmock/gmock.h>

#include <map>
#include <mutex>
#include <set>

#include "tiny_data.h"

namespace assay::test {
namespace {

using extra::Pair;
using extra::PairBlocks;

constexpr int64_t kUsers = 300, kItems = 200;

// User u is positive about u, u + 7 and u + 20, modulo the items.
TrainingView circle() {
  Lists by_user(kUsers);
  for (int64_t user = 0; user < kUsers; ++user)
    by_user[user] = {user % kItems, (user + 7) % kItems, (user + 20) % kItems};
  return training_of(by_user, kItems);
}

struct Seen {
  std::vector<std::vector<Pair>> blocks;
  std::vector<std::set<int32_t>> items;
};

Seen epoch_of(PairBlocks& blocks, int64_t number) {
  Seen seen;
  std::mutex mutex;
  blocks.epoch(number, [&](const PairBlocks::Block& block) {
    const std::scoped_lock lock(mutex);
    seen.blocks.emplace_back(block.pairs.begin(), block.pairs.end());
    seen.items.emplace_back(block.items.begin(), block.items.end());
    return 0.0;
  });
  return seen;
}

TEST(PairBlocks, AnEpochHoldsEveryPairOnce) {
  const TrainingView data = circle();
  PairBlocks blocks(data, std::nullopt, 1);
  std::multiset<std::pair<int32_t, int32_t>> pairs;
  for (const auto& block : epoch_of(blocks, 1).blocks)
    for (const Pair& pair : block) pairs.emplace(pair.user, pair.item);
  std::multiset<std::pair<int32_t, int32_t>> expected;
  for (int32_t user = 0; user < kUsers; ++user)
    for (const int32_t step : {0, 7, 20}) expected.emplace(user, (user + step) % kItems);
  EXPECT_EQ(pairs, expected);
}

TEST(PairBlocks, PairsOfABlockLieInItsStratumOfItems) {
  const TrainingView data = circle();
  PairBlocks blocks(data, std::nullopt, 1);
  const Seen seen = epoch_of(blocks, 1);
  ASSERT_EQ(seen.blocks.size(), 9);  // three strata of at least 64 of 200 items
  for (size_t n = 0; n < seen.blocks.size(); ++n)
    for (const Pair& pair : seen.blocks[n]) EXPECT_TRUE(seen.items[n].contains(pair.item));
}

TEST(PairBlocks, BlocksOfARoundShareNeitherUsersNorItems) {
  const TrainingView data = circle();
  PairBlocks blocks(data, std::nullopt, 1);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Seen seen = epoch_of(blocks, 1);  // in order, three blocks a round
  at::set_num_threads(threads);
  for (size_t first = 0; first < seen.blocks.size(); first += 3) {
    std::map<int32_t, size_t> user_in, item_in;
    for (size_t n = first; n < first + 3; ++n) {
      for (const int32_t item : seen.items[n]) EXPECT_TRUE(item_in.emplace(item, n).second);
      for (const Pair& pair : seen.blocks[n])
        EXPECT_EQ(user_in.emplace(pair.user, n).first->second, n);
    }
  }
}

TEST(PairBlocks, AnyTwoItemsMeetInAStratumSoonerOrLater) {
  const TrainingView data = circle();
  PairBlocks blocks(data, std::nullopt, 1);
  std::set<int32_t> met;
  for (int64_t epoch = 1; epoch <= 40; ++epoch)
    for (const std::set<int32_t>& items : epoch_of(blocks, epoch).items)
      if (items.contains(0)) met.insert(items.begin(), items.end());
  EXPECT_EQ(std::ssize(met), kItems);
}

TEST(PairBlocks, AnEpochIsTheSameAgainAndAnotherOneIsNot) {
  const TrainingView data = circle();
  PairBlocks one(data, std::nullopt, 5), two(data, std::nullopt, 5);
  const auto order = [](PairBlocks& blocks, int64_t epoch) {
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    std::vector<int32_t> users;
    for (const auto& block : epoch_of(blocks, epoch).blocks)
      for (const Pair& pair : block) users.push_back(pair.user);
    at::set_num_threads(threads);
    return users;
  };
  order(one, 1);
  EXPECT_EQ(order(one, 2), order(two, 2));
  EXPECT_NE(order(one, 3), order(two, 2));
}

TEST(PairBlocks, SumsWhatEachBlockReturns) {
  const TrainingView data = circle();
  PairBlocks blocks(data, std::nullopt, 1);
  EXPECT_EQ(blocks.epoch(1, [](const PairBlocks::Block& b) { return double(b.pairs.size()); }),
            3.0 * kUsers);
}

TEST(PairBlocks, AWindowWithoutPositivesHasNoPairs) {
  const TrainingView data = training_of(Lists(3), 4);
  PairBlocks blocks(data, std::nullopt, 1);
  EXPECT_EQ(blocks.pairs(), 0);
  EXPECT_EQ(blocks.epoch(1, [](const PairBlocks::Block& b) { return double(b.pairs.size()); }), 0);
}

}  // namespace
}  // namespace assay::test
