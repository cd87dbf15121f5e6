#include "rules/definition_choice.h"

#include <gtest/gtest.h>

namespace assay::rules {
namespace {

TEST(DefinitionChoice, IsWhatStandsBehindItsName) {
  EXPECT_EQ(choice_of("ndcg{gain=binary,ideal=R}", "gain"), "binary");
  EXPECT_EQ(choice_of("ndcg{gain=binary,ideal=R}", "ideal"), "R");
  EXPECT_EQ(choice_of("x{of=genre,least=10}", "of"), "genre");
  EXPECT_EQ(choice_of("x{of=genre,least=10}", "least"), "10");
}

TEST(DefinitionChoice, KeepsACommaWithinParentheses) {
  EXPECT_EQ(choice_of("ndcg{discount=max(1,log2(r)),ideal=min(R,k)}", "discount"),
            "max(1,log2(r))");
  EXPECT_EQ(choice_of("ndcg{discount=max(1,log2(r)),ideal=min(R,k)}", "ideal"), "min(R,k)");
}

TEST(DefinitionChoice, IsEmptyWhereTheIdDoesNotNameIt) {
  EXPECT_EQ(choice_of("mrr", "gain"), "");
  EXPECT_EQ(choice_of("ndcg{gain=binary}", "ideal"), "");
}

TEST(DefinitionChoice, IsNotFoundInTheEndOfAnotherName) {
  EXPECT_EQ(choice_of("distance{proof=a,of=b}", "of"), "b");
  EXPECT_EQ(choice_of("distance{proof=a}", "of"), "");
}

TEST(DefinitionChoice, IsNotFoundInAValue) {
  EXPECT_EQ(choice_of("distance{by=x(of=c),least=1}", "of"), "");
}

}  // namespace
}  // namespace assay::rules
