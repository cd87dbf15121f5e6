#include "dataset/knowing_lists.h"

#include <gmock/gmock.h>

namespace assay::dataset {
namespace {

using nlohmann::json;

AuditFinding judged(int64_t relevant, int64_t found, int64_t items, bool only_users = false) {
  return lists_know_truth({{"tool",
                            {{"truth",
                              {{"relevant", relevant},
                               {"found", found},
                               {"items", items},
                               {"only_users_with_truth", only_users}}}}}});
}

TEST(ListsKnowTruth, WhereAllThatIsRelevantStandsAtTheirTop) {
  const AuditFinding leak = judged(1600, 1600, 800);
  EXPECT_TRUE(leak.is_error());
  EXPECT_EQ(
      leak.detail,
      "lists.tool has 1,600 of 1,600 relevant items of the test window at its top: it seems to "
      "be made from them");
  EXPECT_EQ(leak.fix, "make the list from the training window");
}

TEST(ListsKnowTruth, NotWhereSomeItemsAreMissed) {
  EXPECT_EQ(judged(1600, 1500, 800).result, "none");
  EXPECT_EQ(judged(1600, 0, 800).result, "none");
}

TEST(ListsKnowTruth, NotWhereAFewItemsAreAllThatThereIs) {
  EXPECT_EQ(judged(1600, 1600, 12).result, "none") << "a list of 10 of 12 items finds most of them";
  EXPECT_EQ(judged(5, 5, 800).result, "none") << "five may be found by chance";
}

TEST(ListsKnowTruth, TheChoiceOfUsersAloneIsAProperty) {
  const AuditFinding hint = judged(1600, 300, 800, true);
  EXPECT_EQ(hint.kind, AuditFinding::Kind::property);
  EXPECT_EQ(hint.result, "found");
  EXPECT_EQ(hint.detail,
            "lists.tool has a list for exactly the users who have something relevant in the test "
            "window");
}

TEST(ListsKnowTruth, ListsThatWereCutBeforeAreNotAccused) {
  EXPECT_EQ(lists_know_truth({{"tool", json::object()}}).result, "none");
}

}  // namespace
}  // namespace assay::dataset
