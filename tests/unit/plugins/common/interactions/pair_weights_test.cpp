#include <assay/extra/interactions/pair_weights.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

std::vector<float> floats(const std::optional<at::Tensor>& values) {
  if (!values) return {};
  const float* const first = values->const_data_ptr<float>();
  return {first, first + values->numel()};
}

History history(const Lists& rows, const std::vector<float>& weights = {}) {
  History out(ragged(rows));
  if (!weights.empty()) out.weight = at::tensor(weights, at::kFloat);
  return out;
}

// User 0 took 2, 1, 2; user 1 took 2.
std::vector<Event> events(float first = 1, float second = 1, float third = 1) {
  return {{0, 2, -1, true, first}, {0, 1, -1, true, second}, {1, 2}, {0, 2, -1, true, third}};
}

TEST(PairWeights, WithoutWeightsAreOnesOrCounts) {
  const TrainingView data = training_of(events(), 2, 3);
  EXPECT_FALSE(pair_weights(data, Repeats::once).by_user);
  const PairWeights each = pair_weights(data, Repeats::each);
  EXPECT_THAT(floats(each.by_user), ElementsAre(2, 1, 1));  // 0: 2 1, 1: 2
  EXPECT_THAT(floats(each.by_item), ElementsAre(1, 2, 1));  // 1: 0, 2: 0 1
}

TEST(PairWeights, WithoutRepeatsAreAbsentEitherWay) {
  const TrainingView data = training_of({{0, 2}, {1}}, 3);
  EXPECT_FALSE(pair_weights(data, Repeats::each).by_user);
}

TEST(PairWeights, AreTheLargestOrTheSum) {
  const TrainingView data = training_of(events(0.5, 0.25, 3), 2, 3);
  EXPECT_THAT(floats(pair_weights(data, Repeats::once).by_user), ElementsAre(3, 0.25, 1));
  EXPECT_THAT(floats(pair_weights(data, Repeats::each).by_user), ElementsAre(3.5, 0.25, 1));
  EXPECT_THAT(numbers(item_totals(data, Repeats::each).unsqueeze(0))[0], ElementsAre(0, 0.25, 4.5));
}

TEST(CountedHistory, HoldsEachItemOnceWhereItStandsFirst) {
  const History once = counted_history(history({{4, 2, 4}, {}}), Repeats::once);
  EXPECT_THAT(lists(once), ElementsAre(ElementsAre(4, 2), ElementsAre()));
  EXPECT_FALSE(once.weight);
  const History each = counted_history(history({{4, 2, 4}, {}}), Repeats::each);
  EXPECT_THAT(lists(each), ElementsAre(ElementsAre(4, 2), ElementsAre()));
  EXPECT_THAT(floats(each.weight), ElementsAre(2, 1));
}

TEST(CountedHistory, LeavesOutWhatTheStageDoesNotLearnFrom) {
  const History rows = history({{4, 2, 4}, {2}}, {0, 0.5, 3, 0});
  EXPECT_THAT(lists(counted_history(rows, Repeats::once)),
              ElementsAre(ElementsAre(2, 4), ElementsAre()));
  EXPECT_THAT(floats(counted_history(rows, Repeats::once).weight), ElementsAre(0.5, 3));
  EXPECT_FALSE(counted_history(history({{4, 2}}, {0, 1}), Repeats::once).weight) << "all are 1";
}

TEST(CountedHistory, OfDistinctRowsAreTheseThemselves) {
  History rows = history({{4, 2}});
  rows.distinct = true;
  EXPECT_TRUE(counted_history(rows, Repeats::each).values.is_same(rows.values));
}

TEST(CountedHistory, IsAsLongAsItsWeights) {
  EXPECT_THAT(numbers(history_totals(history({{4, 2}, {}})).unsqueeze(0))[0], ElementsAre(2, 0));
  EXPECT_THAT(numbers(history_totals(history({{4, 2}, {}}, {0.5, 3})).unsqueeze(0))[0],
              ElementsAre(3.5, 0));
}

}  // namespace
}  // namespace assay::test
