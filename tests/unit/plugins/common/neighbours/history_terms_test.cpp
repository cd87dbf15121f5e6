#include <assay/extra/neighbours/history_terms.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::Each;
using testing::ElementsAre;

TEST(HistoryTerms, OneForEveryItemOfTheHistoryThatSpeaksForACandidate) {
  const RequestBatch requests = requests_of({{4, 5}, {6}});
  const CandidateBatch candidates = candidates_of({{1, 2}, {3}}, {{1, 1}, {1}});
  const Explanation why = explain_by_history(requests, candidates, [](int64_t past, int64_t item) {
    return past == 5 && item == 2 ? 0.0 : static_cast<double>(10 * past + item);
  });
  const auto ids = [](const at::Tensor& values) { return lists(values.unsqueeze(0))[0]; };
  EXPECT_THAT(ids(why.row), ElementsAre(0, 0, 1, 2));
  EXPECT_THAT(ids(why.id), ElementsAre(4, 5, 4, 6));
  EXPECT_THAT(ids(why.kind), Each(0));
  EXPECT_THAT(numbers(why.weight.unsqueeze(0))[0], ElementsAre(41, 51, 42, 63));
  EXPECT_EQ(why.base.count_nonzero().item<int64_t>(), 0);
}

}  // namespace
}  // namespace assay::test
