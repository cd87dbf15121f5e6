#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr int64_t kDay = 86'400'000'000;

// Last positives: item 0 at day 3, 1 at day 1, 2 at day 4; the last event is a negative at day 5.
TrainingView data() {
  return training_of(
      {{0, 0, 0}, {0, 1, kDay}, {1, 0, 3 * kDay}, {1, 2, 4 * kDay}, {0, 3, 5 * kDay, false}}, 2, 5);
}

RequestBatch asked(const Lists& histories) {
  RequestBatch requests = requests_of(histories);
  requests.excluded = ragged(Lists(histories.size()));
  return requests;
}

TEST(RecentItems, OfEveryoneServesTheLatestPositivesFirst) {
  const auto recent = make_recall("recent_items", {{"of", std::string("everyone")}});
  const CandidateBatch best = recalled(*recent, data(), asked({{1}}), 5);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(2, 0, 1, 3, 4)));
  EXPECT_THAT(numbers(best.score)[0], ElementsAre(-1, -2, -4, -6, -6));
}

TEST(RecentItems, OfTheUserServesTheHistoryFromItsEndThenEveryone) {
  const auto recent = make_recall("recent_items");
  const CandidateBatch best = recalled(*recent, data(), asked({{1, 0}, {}, {1, 3, 1}}), 5);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(0, 1, 2, 3, 4), ElementsAre(2, 0, 1, 3, 4),
                                            ElementsAre(1, 3, 2, 0, 4)));
  EXPECT_THAT(numbers(best.score)[0], ElementsAre(2, 1, -1, -6, -6));
}

TEST(RecentItems, OfTheUserNeedsNoTimes) {
  const auto recent = make_recall("recent_items");
  EXPECT_THAT(lists(recalled(*recent, training_of(Lists{{0, 1}}, 3), asked({{2}}), 3).item),
              ElementsAre(ElementsAre(2, 0, 1)));
}

TEST(RecentItems, OfEveryoneRefusesDataWithoutTimes) {
  const auto recent = make_recall("recent_items", {{"of", std::string("everyone")}});
  TinyFit fit;
  EXPECT_THROW(recent->fit(training_of(Lists{{0, 1}}, 3), fit), InvalidInput);
}

}  // namespace
}  // namespace assay::test
