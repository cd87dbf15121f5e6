#include <gmock/gmock.h>

#include "load.h"

// A plugin that decides by its parameters, asked through what the loader is given.

namespace assay::config {
namespace {

using task::FunctionAnswer;
using task::FunctionQuestion;
using ::testing::HasSubstr;

/// The strategies of the other tests, where popularity validates and needs times by its parameters.
LoadOptions options(std::vector<FunctionQuestion>& asked, const std::string& problem = "") {
  LoadOptions out = fake_options();
  out.catalog = [](const std::vector<std::string>&) {
    std::vector<task::PluginInfo> plugins = fake_catalog().plugins();
    for (task::PluginInfo& plugin : plugins) {
      if (plugin.name != "popularity") continue;
      plugin.traits.validates = plugin.functions.validates = true;
    }
    return task::PluginCatalog(plugins);
  };
  out.functions = [&asked, problem](const std::vector<FunctionQuestion>& questions) {
    asked.insert(asked.end(), questions.begin(), questions.end());
    std::vector<FunctionAnswer> answers;
    for (const FunctionQuestion& question : questions) {
      FunctionAnswer& answer = answers.emplace_back();
      answer.validates = question.params.at("decay") != "none";
      answer.problem = problem;
    }
    return answers;
  };
  return out;
}

std::string two_variants(const std::string& split) {
  return "name: small\n"
         "data: {source: movielens-100k, split: {" +
         split +
         "}}\n"
         "variants:\n"
         "  plain: {recall: [{plugin: popularity}]}\n"
         "  aged: {recall: [{plugin: popularity, params: {decay: linear}}]}\n";
}

TEST(ParameterFunctions, DecideTheTraitsOfEachStageInOneCall) {
  std::vector<FunctionQuestion> asked;
  const task::Experiment experiment = load_text(two_variants("validation: 0.1"), options(asked));
  EXPECT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].params.at("half_life_days"), 30.0) << "defaults are filled in";
  EXPECT_FALSE(experiment.variants[0].chain.recall[0].traits.validates);
  EXPECT_TRUE(experiment.variants[1].chain.recall[0].traits.validates);
}

TEST(ParameterFunctions, WhatDoesNotValidateNeedsNoValidationWindow) {
  std::vector<FunctionQuestion> asked;
  const std::string problems = problems_of(two_variants("validation: 0"), options(asked));
  EXPECT_THAT(problems, HasSubstr("the window validation"));
  EXPECT_EQ(std::ranges::count(problems, '\n'), 1) << problems;
}

TEST(ParameterFunctions, OneThatBreaksIsAProblemOfItsStage) {
  std::vector<FunctionQuestion> asked;
  EXPECT_THAT(problems_of(minimal(), options(asked, "its function validates crashes (SIGSEGV)")),
              HasSubstr("(popularity) cannot be asked about these parameters: its function "
                        "validates crashes (SIGSEGV)"));
}

TEST(ParameterFunctions, AreNotAskedOfAFileWithOtherProblems) {
  std::vector<FunctionQuestion> asked;
  problems_of(minimal("surprise: 1\n"), options(asked));
  EXPECT_TRUE(asked.empty());
}

}  // namespace
}  // namespace assay::config
