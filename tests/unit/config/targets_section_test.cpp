#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/resolved_text.h"
#include "load.h"

namespace assay::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string experiment(const std::string& targets) {
  return "data: {source: movielens-100k, targets: " + targets +
         "}\nvariants: {a: {recall: [{plugin: random}]}}\n";
}

TEST(TargetsSection, EqualsIsANumberOrTheTextOfAnEventType) {
  const task::Experiment read = load_text(
      experiment("{bought: {column: event, equals: purchase}, "
                 "second: {column: event, equals: \"2\"}, third: {column: n, equals: 3}}"));
  const auto& targets = read.datasets.at(0).targets;
  ASSERT_EQ(targets.size(), 3U);
  EXPECT_EQ(targets[0].equals_text, "purchase");
  EXPECT_EQ(targets[0].equals, std::nullopt);
  EXPECT_EQ(targets[1].equals_text, "2");
  EXPECT_EQ(targets[2].equals, 3);
  EXPECT_EQ(targets[2].equals_text, std::nullopt);
}

TEST(TargetsSection, ResolvedTextKeepsTextsTexts) {
  const task::Experiment read = load_text(experiment(
      "{bought: {column: event, equals: purchase}, two: {column: event, equals: \"2\"}}"));
  const task::Experiment again = load_text(read.resolved_text);
  EXPECT_EQ(again.datasets.at(0).targets[0].equals_text, "purchase");
  EXPECT_EQ(again.datasets.at(0).targets[1].equals_text, "2");
}

TEST(TargetsSection, SaysWhatIsWrongWithEquals) {
  EXPECT_THAT(
      problems_of(
          experiment("{a: {column: e, equals: true}, b: {column: e, equals: [x]}, "
                     "c: {column: e, equals: x, at_least: 1}, d: {column: e, equals: \"\"}}")),
      AllOf(HasSubstr("targets.a.equals is true; it must be a number or a text"),
            HasSubstr("targets.b.equals is a list; it must be a number or a text"),
            HasSubstr("targets.c.equals cannot be combined with at_least or at_most; remove one of "
                      "them"),
            HasSubstr("targets.d.equals is empty; name a text of the column")));
}

}  // namespace
}  // namespace assay::config
