#include <assay/extra/lists/relevance.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;

TEST(Relevance, ComesRawBetweenZeroAndOneOrByPlace) {
  const CandidateBatch candidates = candidates_of({{5, 2, 7}, {1}, {}}, {{9, 5, 1}, {3}, {}});
  EXPECT_THAT(numbers(relevance(candidates, Relevance::raw)),
              ElementsAre(ElementsAre(9, 5, 1), ElementsAre(3, kNone, kNone), Each(kNone)));
  EXPECT_THAT(numbers(relevance(candidates, Relevance::minmax)),
              ElementsAre(ElementsAre(1, 0.5, 0), ElementsAre(1, kNone, kNone), Each(kNone)));
  EXPECT_THAT(numbers(relevance(candidates, Relevance::rank)),
              ElementsAre(ElementsAre(1, DoubleNear(2.0 / 3, 1e-12), DoubleNear(1.0 / 3, 1e-12)),
                          ElementsAre(1, kNone, kNone), Each(kNone)));
}

TEST(Relevance, OfNoCandidatesIsEmpty) {
  const CandidateBatch none = candidates_of({{}, {}}, {{}, {}});
  for (const Relevance kind : {Relevance::raw, Relevance::minmax, Relevance::rank})
    EXPECT_EQ(relevance(none, kind).numel(), 0);
}

}  // namespace
}  // namespace assay::test
