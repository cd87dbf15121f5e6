#include <ATen/TensorOperators.h>
#include <assay/extra/lists/choose_each_list.h>
#include <gmock/gmock.h>

#include <vector>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

// The last candidate first.
CandidateBatch reversed(const CandidateBatch& candidates, int64_t n) {
  return choose_each_list(candidates, n, [] {
    return [](const ListToChoose& list) {
      const size_t count = std::min(list.items.size(), list.places.size());
      for (size_t i = 0; i < count; ++i)
        list.places[i] = static_cast<int64_t>(list.items.size() - 1 - i);
    };
  });
}

TEST(ChooseEachList, SeesListsWithoutPaddingAndPadsTheSlate) {
  const CandidateBatch served =
      reversed(candidates_of({{5, 2, 7}, {1}, {}}, {{9, 5, 1}, {3}, {}}), 2);
  EXPECT_THAT(lists(served.item),
              ElementsAre(ElementsAre(7, 2), ElementsAre(1, -1), ElementsAre(-1, -1)));
  EXPECT_THAT(numbers(served.score)[0], ElementsAre(1, 5));
}

TEST(ChooseEachList, GivesTheWorthOfEachItemAndTheRow) {
  const CandidateBatch candidates = candidates_of({{5, 2}, {1, 3}}, {{9, 5}, {3, 2}});
  const at::Tensor worth = matrix({{0, 1}, {4, 7}}, at::kDouble);
  const CandidateBatch served = choose_each_list(candidates, worth, 1, [] {
    return [](const ListToChoose& list) {
      EXPECT_EQ(list.worth[1], list.row == 0 ? 1 : 7);
      list.places[0] = 1;
    };
  });
  EXPECT_THAT(lists(served.item), ElementsAre(ElementsAre(2), ElementsAre(3)));
}

TEST(ChooseEachList, ScratchSpaceIsNotSharedByThreads) {
  constexpr int64_t kRequests = 500;
  const CandidateBatch candidates =
      candidates_of(Lists(kRequests, {3, 1, 2}), Numbers(kRequests, {3, 2, 1}));
  const CandidateBatch served = choose_each_list(candidates, 3, [] {
    return [scratch = std::vector<int64_t>()](const ListToChoose& list) mutable {
      scratch.assign(list.items.begin(), list.items.end());
      for (size_t i = 0; i < scratch.size(); ++i)
        list.places[i] = scratch[i] == list.items[i] ? static_cast<int64_t>(i) : -1;
    };
  });
  EXPECT_TRUE(served.item.equal(candidates.item));
}

TEST(ChooseEachList, OfNoRequestsOrNoCandidatesIsEmpty) {
  EXPECT_EQ(reversed(candidates_of({}, {}), 2).size(), 0);
  EXPECT_THAT(lists(reversed(candidates_of({{}}, {{}}), 2).item), ElementsAre(ElementsAre(-1, -1)));
}

}  // namespace
}  // namespace assay::test
