#include "recall/als/confidence_matrix.h"

#include <assay/extra/interactions/pair_weights.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace als;
using testing::ElementsAre;

TEST(ConfidenceMatrix, TheOtherSideHoldsTheSamePairs) {
  const ConfidenceMatrix seen{ragged({{2, 0}, {}, {0}}), {5, 6, 7}};
  const ConfidenceMatrix turned = transposed(seen, 3);
  EXPECT_THAT(lists(turned.columns), ElementsAre(ElementsAre(0, 2), ElementsAre(), ElementsAre(0)));
  EXPECT_THAT(turned.confidence, ElementsAre(6, 7, 5));
}

constexpr Confidence kByEvents{.alpha = 10, .strength = Strength::events};
constexpr Confidence kByPairs{.alpha = 10, .strength = Strength::positive};

TEST(ConfidenceMatrix, CountsEventsOnlyWhereStrengthIsEvents) {
  const TrainingView data = training_of({{0, 2}, {0, 1}, {0, 2}, {1, 0, -1, false}}, 2, 3);
  EXPECT_THAT(confidence_matrix(data, kByEvents).confidence, ElementsAre(21, 11));
  EXPECT_THAT(confidence_matrix(data, kByPairs).confidence, ElementsAre(11, 11));
}

TEST(ConfidenceMatrix, LaterEventsRaiseKnownPairsAndAppendNewOnes) {
  const ConfidenceMatrix before = confidence_matrix(training_of({{0, 2}, {0, 1}}, 2, 4), kByEvents);
  const TrainingView later = training_of({{0, 3}, {0, 1}, {0, 0}, {1, 2}, {1, 2}}, 2, 4);
  const ConfidenceMatrix by_events = with_later(before, later, kByEvents);
  EXPECT_THAT(lists(by_events.columns), ElementsAre(ElementsAre(2, 1, 0, 3), ElementsAre(2)));
  EXPECT_THAT(by_events.confidence, ElementsAre(11, 21, 11, 11, 21));
  EXPECT_THAT(with_later(before, later, kByPairs).confidence, ElementsAre(11, 11, 11, 11, 11));
}

ConfidenceRow row_of(const std::vector<int64_t>& items, const Confidence& confidence) {
  const History history = extra::counted_history(ragged({items}), confidence.repeats());
  return confidence_row({history, history.weight}, 0, confidence);
}

TEST(ConfidenceMatrix, ARequestsHistoryHoldsEachItemOnce) {
  const ConfidenceRow row = row_of({5, 2, 5}, kByEvents);
  EXPECT_THAT(row.columns, ElementsAre(2, 5));
  EXPECT_THAT(row.confidence, ElementsAre(11, 21));
  EXPECT_THAT(row_of({5, 2, 5}, kByPairs).confidence, ElementsAre(11, 11));
}

// Items 2 (weights 0.5 and 3) and 1 (0.5); later 1 with 3, 2 with 0.5.
TEST(ConfidenceMatrix, WeightsOfEventsAreSummedOrTheLargestCounts) {
  const TrainingView data =
      training_of({{0, 2, -1, true, 0.5F}, {0, 1, -1, true, 0.5F}, {0, 2, -1, true, 3}}, 1, 3);
  const TrainingView later = training_of({{0, 1, -1, true, 3}, {0, 2, -1, true, 0.5F}}, 1, 3);
  const ConfidenceMatrix by_events = confidence_matrix(data, kByEvents);
  const ConfidenceMatrix by_pairs = confidence_matrix(data, kByPairs);
  EXPECT_THAT(by_events.confidence, ElementsAre(36, 6));
  EXPECT_THAT(by_pairs.confidence, ElementsAre(31, 6));
  EXPECT_THAT(with_later(by_events, later, kByEvents).confidence, ElementsAre(41, 36));
  EXPECT_THAT(with_later(by_pairs, later, kByPairs).confidence, ElementsAre(31, 31));
}

}  // namespace
}  // namespace assay::test
