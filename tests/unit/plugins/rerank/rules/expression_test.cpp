#include "rerank/rules/expression.h"

#include <assay/error.h>
#include <gmock/gmock.h>

namespace assay::test {
namespace {

using namespace rules;

std::string problem(std::string_view text) {
  try {
    read_expression(text);
  } catch (const InvalidInput& error) {
    return error.what();
  }
  return "it was read";
}

// With brackets around whatever was joined.
std::string shape(const Expression& read) {
  if (read.kind == Expression::Kind::relation)
    return read.left.name + (read.relation == Relation::missing ? "?" : "");
  if (read.kind == Expression::Kind::none) return "!" + shape(read.parts.front());
  std::string joined;
  for (const Expression& part : read.parts)
    joined += (joined.empty() ? "" : read.kind == Expression::Kind::all ? "&" : "|") + shape(part);
  return "(" + joined + ")";
}

TEST(Expression, AndBindsStrongerThanOrAndNotStrongerThanAnd) {
  EXPECT_EQ(shape(read_expression("a == 1 or b == 2 and not c == 3")), "(a|(b&!c))");
  EXPECT_EQ(shape(read_expression("(a == 1 or b == 2) and c is missing")), "((a|b)&c?)");
  EXPECT_EQ(shape(read_expression("not not a == 1")), "!!a");
  EXPECT_EQ(shape(read_expression("a is not missing and b not in [1]")), "(!a?&!b)");
}

TEST(Expression, OperandsAreFeaturesOfItemsUsersAndRequestsAndWhatIsWritten) {
  const Expression read = read_expression("user.`hidden things` overlaps [\"a b\", 'c']");
  EXPECT_EQ(read.left.kind, Operand::Kind::user);
  EXPECT_EQ(read.left.name, "hidden things");
  EXPECT_EQ(read.relation, Relation::overlaps);
  EXPECT_THAT(read.right.texts, testing::ElementsAre("a b", "c"));
  const Expression other = read_expression("-1.5e2 < context.hour");
  EXPECT_EQ(other.left.number, -150);
  EXPECT_EQ(other.right.kind, Operand::Kind::context);
  EXPECT_EQ(read_expression("item.year in [1990, 1991]").right.numbers.size(), 2u);
}

TEST(Expression, ACaretShowsWhereARuleCannotBeRead) {
  EXPECT_EQ(problem("year >= "),
            "expected a feature, a number, a text in quotes, or a list in [ ], found the end\n"
            "  year >= \n"
            "          ^");
  EXPECT_EQ(problem("genre = \"Drama\""),
            "a single = compares nothing; write ==\n"
            "  genre = \"Drama\"\n"
            "        ^");
  EXPECT_EQ(problem("(year > 1990 or year < 1950"),
            "expected ), found the end\n"
            "  (year > 1990 or year < 1950\n"
            "                             ^");
  EXPECT_EQ(problem("genre Drama"),
            "expected a comparison (==, !=, <, <=, >, >=, in, has, overlaps, is missing), found "
            "\"Drama\"\n"
            "  genre Drama\n"
            "        ^^^^^");
  EXPECT_EQ(problem("year > 1990 year"),
            "expected and, or, or the end, found \"year\"\n"
            "  year > 1990 year\n"
            "              ^^^^");
}

TEST(Expression, TheCaretCountsLettersAndNotBytes) {
  EXPECT_EQ(problem("title == \"ünïcode\" #"),
            "this sign means nothing in a rule\n"
            "  title == \"ünïcode\" #\n"
            "                     ^");
}

TEST(Expression, RefusesWhatIsNoWord) {
  EXPECT_THAT(problem("title == \"open"), testing::StartsWith("a quote \" is not closed"));
  EXPECT_THAT(problem("year > 12ab"), testing::StartsWith("this is no number"));
  EXPECT_THAT(problem("shop.year > 1"),
              testing::StartsWith("before a point stands user, context or item, found \"shop\""));
  EXPECT_THAT(problem("genre in [\"a\", 1]"), testing::StartsWith("expected texts in quotes"));
  EXPECT_THAT(problem(""), testing::HasSubstr("found the end"));
}

TEST(Expression, AQuotaBeginsWithANumber) {
  const Quota read = read_quota("2 of genre == \"Drama\"");
  EXPECT_EQ(read.count, 2);
  EXPECT_EQ(read.expression.left.name, "genre");
  for (const char* const text : {"genre == \"Drama\"", "0 of year > 1", "1.5 of year > 1"}) {
    try {
      read_quota(text);
      FAIL() << text;
    } catch (const InvalidInput& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("a quota begins with a whole number of items"));
    }
  }
  EXPECT_THROW(read_quota("2 genre == \"Drama\""), InvalidInput);
}

}  // namespace
}  // namespace assay::test
