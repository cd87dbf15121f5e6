#include "host/plugin_functions.h"

#include <gmock/gmock.h>

#include "unit/host/plugin_files.h"

namespace assay::host {
namespace {

using task::FunctionAnswer;
using task::FunctionQuestion;
using ::testing::HasSubstr;

constexpr std::chrono::milliseconds kLimit{4000};

FunctionQuestion question(nlohmann::json params, std::optional<task::LearningSizes> sizes = {}) {
  FunctionQuestion question;
  question.library = testing::test_plugin("decides_by_params");
  question.plugin = "decides";
  question.params = std::move(params);
  question.sizes = sizes;
  return question;
}

FunctionAnswer ask(const FunctionQuestion& one) { return ask_functions({one}, kLimit).at(0); }

TEST(PluginFunctions, TraitsFollowTheParameters) {
  const std::vector<FunctionAnswer> answers = ask_functions(
      {question({{"patience", 0}, {"ages", true}}), question({{"patience", 3}, {"ages", false}})},
      kLimit);
  EXPECT_EQ(answers.at(0).validates, false);
  EXPECT_EQ(answers.at(0).needs_time, true);
  EXPECT_EQ(answers.at(1).validates, true);
  EXPECT_EQ(answers.at(1).needs_time, false);
  EXPECT_FALSE(answers.at(0).memory.has_value());
}

TEST(PluginFunctions, MemoryFollowsSizesAndParameters) {
  const FunctionAnswer answer = ask(question({{"gib", 1}}, task::LearningSizes{.items = 1000}));
  EXPECT_EQ(answer.memory->fit, 8'000'000 + (int64_t{1} << 30));
  EXPECT_EQ(answer.memory->serve, answer.memory->fit / 2);
  EXPECT_FALSE(answer.validates.has_value());
}

TEST(PluginFunctions, WhatAPluginHasNoFunctionForStaysOpen) {
  FunctionQuestion other = question({}, task::LearningSizes{});
  other.library = testing::test_plugin("fake_parts");
  other.plugin = "shared_counts";
  const FunctionAnswer answer = ask(other);
  EXPECT_FALSE(answer.memory.has_value());
  EXPECT_EQ(answer.problem, "");
}

TEST(PluginFunctions, OneThatCrashesOrHangsIsNamedAndTheOthersAreAnswered) {
  const std::vector<FunctionAnswer> answers = ask_functions(
      {question({{"mode", "crashes"}}), question({{"patience", 1}}), question({{"mode", "loops"}}),
       question({{"mode", "throws"}}), question({{"patience", 0}})},
      kLimit);
  ASSERT_EQ(answers.size(), 5U);
  EXPECT_EQ(answers[0].problem, "its function validates crashes (SIGSEGV)");
  EXPECT_EQ(answers[1].validates, true);
  EXPECT_EQ(answers[2].problem, "its function validates does not return within 4 s");
  EXPECT_EQ(answers[3].problem, "its function validates throws: index 12 is out of range");
  EXPECT_EQ(answers[4].validates, false);
}

TEST(PluginFunctions, AMemoryBelowZeroIsAProblem) {
  EXPECT_EQ(ask(question({{"mode", "negative"}}, task::LearningSizes{})).problem,
            "its function memory says -3 bytes for fit and 0 for serving; neither may be below 0");
}

TEST(PluginFunctions, AnotherLibraryThanThePlannedOneIsAProblem) {
  FunctionQuestion changed = question({});
  changed.library_sha256 = "ab";
  EXPECT_THAT(ask(changed).problem, HasSubstr("has been built again"));
}

}  // namespace
}  // namespace assay::host
