#include "cli/anonymity.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace assay::cli {
namespace {

using ::testing::ElementsAre;

TEST(Anonymity, LabelsThatEnoughUsersShareStay) {
  const Anonymised out = anonymise({{{"f", "f", "m", "m"}}, {"a", "b", "c", "d"}}, 2);
  EXPECT_THAT(out.labels[0], ElementsAre("f", "f", "m", "m"));
  EXPECT_EQ(out.generalised, 0);
  EXPECT_EQ(out.left_out, 0);
}

TEST(Anonymity, OneUserWithManyRequestsIsOneUser) {
  const Anonymised out = anonymise({{{"f", "f", "m", "m"}}, {"a", "a", "c", "d"}}, 2);
  EXPECT_THAT(out.kept, ElementsAre(0, 0, 1, 1));
  EXPECT_EQ(out.left_out, 2);
}

TEST(Anonymity, TheFinestCutIsGivenUpFirst) {
  const Anonymised out = anonymise({{{"f", "f", "f"}, {"18", "25", "33"}}, {"a", "b", "c"}}, 2);
  EXPECT_THAT(out.labels[0], ElementsAre("f", "f", "f"));
  EXPECT_THAT(out.labels[1], ElementsAre("*", "*", "*"));
  EXPECT_EQ(out.generalised, 3);
}

TEST(Anonymity, WithoutLabelsAllRequestsAreAlike) {
  EXPECT_EQ(anonymise({{}, {"a", "b", "c"}}, 3).left_out, 0);
  EXPECT_EQ(anonymise({{}, {"a", "b", "c"}}, 4).left_out, 3);
}

TEST(Anonymity, WhoeverIsAnonymousCountsAsOneUserEach) {
  EXPECT_EQ(anonymise({{{"x", "x"}}, {"", ""}}, 2).left_out, 0);
}

TEST(Anonymity, EveryCombinationThatIsLeftIsThatOfEnoughUsers) {
  Labelled requests;
  requests.labels.resize(3);
  uint64_t state = 1;
  const auto draw = [&](uint64_t n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<char>('a' + (state >> 33) % n);
  };
  for (int r = 0; r < 500; ++r) {
    requests.users.emplace_back(1, draw(60));
    for (size_t cut = 0; cut < 3; ++cut)
      requests.labels[cut].emplace_back(1, draw(cut == 0 ? 12 : 3));
  }
  const Anonymised out = anonymise(requests, 5);
  std::map<std::vector<std::string>, std::set<std::string>> users;
  for (size_t r = 0; r < 500; ++r)
    if (out.kept[r] != 0)
      users[{out.labels[0][r], out.labels[1][r], out.labels[2][r]}].insert(requests.users[r]);
  for (const auto& [labels, of] : users) EXPECT_GE(of.size(), 5u);
  EXPECT_FALSE(users.empty());
}

}  // namespace
}  // namespace assay::cli
