#include "recall/als/confidence_matrix.h"

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

TEST(ConfidenceMatrix, ARequestsHistoryHoldsEachItemOnce) {
  const std::vector<int64_t> history = {5, 2, 5};
  const ConfidenceRow row = confidence_row(history, kByEvents);
  EXPECT_THAT(row.columns, ElementsAre(2, 5));
  EXPECT_THAT(row.confidence, ElementsAre(11, 21));
}

}  // namespace
}  // namespace assay::test
