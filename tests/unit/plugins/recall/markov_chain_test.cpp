#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// In time order: user 0 does 0 1 0 1, user 1 does 0 2, with a negative 3 between.
TrainingView data() {
  return training_of({{0, 0}, {1, 0}, {0, 1}, {1, 3, -1, false}, {1, 2}, {0, 0}, {0, 1}}, 2, 4);
}

RequestBatch asked(const Lists& histories) {
  RequestBatch requests = requests_of(histories);
  requests.excluded = ragged(Lists(histories.size()));
  return requests;
}

TEST(MarkovChain, ScoresByWhatFollowedTheLastItemSmoothedTowardsPopularity) {
  const auto chain = make_recall("markov_chain", {{"smoothing", 2.0}});
  const CandidateBatch best = recalled(*chain, data(), asked({{2, 0}}), 4);
  // After 0 came 1 twice and 2 once; of 6 positives 3 are with 0, 2 with 1, 1 with 2.
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(1, 2, 0, 3)));
  EXPECT_THAT(numbers(best.score)[0], ElementsAre(DoubleNear((2 + 2 * 2.0 / 6) / 5, 1e-6),
                                                  DoubleNear((1 + 2 * 1.0 / 6) / 5, 1e-6),
                                                  DoubleNear((2 * 3.0 / 6) / 5, 1e-6), 0));
}

TEST(MarkovChain, ScoresAreProbabilitiesOfTheNextItem) {
  const auto chain = make_recall("markov_chain");
  for (const auto& row : numbers(recalled(*chain, data(), asked({{0}, {1}, {2}}), 4).score))
    EXPECT_NEAR(row[0] + row[1] + row[2] + row[3], 1, 1e-6);
}

TEST(MarkovChain, AfterAnItemThatNothingFollowedThePopularComeFirst) {
  const auto chain = make_recall("markov_chain");
  EXPECT_THAT(lists(recalled(*chain, data(), asked({{2}}), 4).item),
              ElementsAre(ElementsAre(0, 1, 2, 3)));
}

TEST(MarkovChain, CountsEveryTransitionOfPositives) {
  TinyFit fit;
  make_recall("markov_chain")->fit(data(), fit);
  EXPECT_EQ(fit.notes["transitions"], "4") << "0 1, 1 0, 0 1 and 0 2";
  EXPECT_EQ(fit.notes["different_transitions"], "3");
}

}  // namespace
}  // namespace assay::test
