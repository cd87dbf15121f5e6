#include "config/tree_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/stage.h"

namespace assay::config {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(SplitPath, TakesDotsAndIndices) {
  EXPECT_THAT(split_path("serve.size"), Optional(ElementsAre("serve", "size")));
  EXPECT_THAT(split_path("recall.0.k"), Optional(ElementsAre("recall", "0", "k")));
  EXPECT_THAT(split_path("recall[0].k"), Optional(ElementsAre("recall", "0", "k")));
  EXPECT_THAT(split_path("a[1][2]"), Optional(ElementsAre("a", "1", "2")));
}

TEST(SplitPath, LeavesMembersOfGridsWhole) {
  EXPECT_THAT(split_path("variants.diverse[lambda=0.3,k=5].rank"),
              Optional(ElementsAre("variants", "diverse[lambda=0.3,k=5]", "rank")));
}

TEST(SplitPath, RefusesEmptyParts) {
  for (const char* path : {"", ".", "a.", ".a", "a..b", "[0]", "a.[0]"})
    EXPECT_EQ(split_path(path), std::nullopt) << path;
}

TEST(ParseReference, TakesBothGrammars) {
  for (const char* text : {"control.rank[1]", "control.rank.1"}) {
    const auto reference = parse_reference(text);
    ASSERT_TRUE(reference);
    EXPECT_EQ(reference->variant, "control");
    EXPECT_EQ(reference->kind, PluginKind::rank);
    EXPECT_EQ(reference->index, 1u);
  }
  EXPECT_EQ(parse_reference("recall[0]")->variant, "");
  EXPECT_EQ(parse_reference("diverse[lambda=0.3].rerank[0]")->variant, "diverse[lambda=0.3]");
}

TEST(ParseReference, RefusesEverythingElse) {
  for (const char* text : {"", "recall", "control", "control.recall", "recall[x]", "recall[-1]",
                           "metric[0]", "a.b.recall[0]", "recall[0].k"}) {
    EXPECT_FALSE(parse_reference(text)) << text;
  }
}

}  // namespace
}  // namespace assay::config
