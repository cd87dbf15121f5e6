#include <assay/extra/interactions/positive_events.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(PositiveEvents, ComeInTheirOrderWithoutTheOthers) {
  const PositiveEvents positive =
      positive_events(training_of({{0, 2, 10}, {1, 0, 20, false}, {1, 1, 30}, {0, 2, 40}}, 2, 3));
  EXPECT_EQ(positive.size(), 3);
  EXPECT_THAT(positive.users(), ElementsAre(0, 1, 0));
  EXPECT_THAT(positive.items(), ElementsAre(2, 1, 2));
  EXPECT_THAT(positive.times_us(), ElementsAre(10, 30, 40));
}

TEST(PositiveEvents, OfNoEventAreNone) {
  EXPECT_THAT(positive_events(training_of(std::vector<Event>{}, 2, 3)).items(), IsEmpty());
}

}  // namespace
}  // namespace assay::test
