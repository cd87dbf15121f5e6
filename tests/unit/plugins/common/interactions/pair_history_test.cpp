#include <assay/extra/interactions/pair_history.h>
#include <gmock/gmock.h>

#include <tuple>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

using Changed = std::tuple<int32_t, int32_t, double>;  // item, user, votes

std::vector<Changed> changes(PairHistory& known, const std::vector<Event>& events,
                             const PairHistory::Vote& vote) {
  std::vector<Changed> out;
  for (const PairHistory::Change& one : known.add(training_of(events, 3, 4), vote))
    out.emplace_back(one.item, one.user, one.votes);
  return out;
}

double by_weight(int64_t, float weight) { return weight; }
double by_time(int64_t time_us, float) { return static_cast<double>(time_us); }

TEST(PairHistory, OfOnceAddsWhatTheStrongestVoteGrewBy) {
  PairHistory known(training_of({{0, 2, 1, true, 0.5F}, {1, 3, 2}}, 3, 4), Repeats::once);
  EXPECT_THAT(changes(known, {{0, 2, 3, true, 3}, {0, 1, 4}, {0, 1, 5}, {1, 3, 6}}, by_weight),
              ElementsAre(Changed{1, 0, 1}, Changed{2, 0, 2.5}, Changed{3, 1, 0}));
  EXPECT_THAT(changes(known, {{0, 2, 7, true, 2}}, by_weight), ElementsAre(Changed{2, 0, 0}))
      << "what was added before is known";
}

TEST(PairHistory, OfOnceMovesAVoteToTheLaterMoment) {
  PairHistory known(training_of({{0, 2, 1}, {0, 2, 3}}, 3, 4), Repeats::once);
  EXPECT_THAT(changes(known, {{0, 2, 8}, {0, 2, 9}}, by_time), ElementsAre(Changed{2, 0, 6}));
}

TEST(PairHistory, OfEachAddsEveryVote) {
  PairHistory known(training_of({{0, 2, 1}}, 3, 4), Repeats::each);
  EXPECT_THAT(changes(known, {{0, 2, 3}, {0, 2, 4, true, 0.5F}, {1, 0, 5, false}}, by_weight),
              ElementsAre(Changed{2, 0, 1.5}));
}

TEST(PairHistory, OfNoEventsChangesNothing) {
  PairHistory known(Repeats::once);
  EXPECT_TRUE(known.add(EventSlice(), by_weight).empty());
}

}  // namespace
}  // namespace assay::test
