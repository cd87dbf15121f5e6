#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/resolved_text.h"
#include "load.h"
#include "task/feature_spec.h"

namespace assay::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kRecall = "    recall: [{plugin: popularity}]\n";

/// Two variants with a rank stage each; the keys stand in the file, in the first variant and in its
/// stage.
std::string ranked(const std::string& of_file, const std::string& of_variant = "",
                   const std::string& of_stage = "") {
  return "name: ranked\ndata: {source: movielens-100k}\n" + of_file + "variants:\n  first:\n" +
         kRecall + of_variant + "    rank: [{plugin: logistic_regression" + of_stage +
         "}]\n  second:\n" + kRecall + "    rank: [{plugin: logistic_regression}]\n";
}

std::vector<std::string> names(const task::Experiment& experiment, size_t variant) {
  const auto& features = experiment.variants[variant].chain.rank.front().features;
  std::vector<std::string> out;
  if (features)
    for (const task::CandidateFeature& feature : features->candidate) out.push_back(feature.name());
  return out;
}

std::string problem_of(const std::string& entry) {
  return problems_of(ranked("features: {candidate: [" + entry + "]}\n"));
}

TEST(CandidateFeaturesOfAFile, AreThoseOfTheStageThenOfTheVariantThenOfTheFile) {
  const task::Experiment of_file = load_text(ranked("features: {candidate: [item_rate]}\n"));
  EXPECT_THAT(names(of_file, 0), ElementsAre("item_rate"));
  EXPECT_THAT(names(of_file, 1), ElementsAre("item_rate"));
  const task::Experiment of_variant = load_text(
      ranked("features: {candidate: [item_rate]}\n", "    features: {candidate: [user_events]}\n"));
  EXPECT_THAT(names(of_variant, 0), ElementsAre("user_events"));
  EXPECT_THAT(names(of_variant, 1), ElementsAre("item_rate"));
  const task::Experiment of_stage =
      load_text(ranked("features: {candidate: [item_rate]}\n", "",
                       ", features: {candidate: [{of: item_events, as: log}, hour]}"));
  EXPECT_THAT(names(of_stage, 0), ElementsAre("log(item_events)", "hour"));
  const task::Experiment none =
      load_text(ranked("features: {candidate: [item_rate]}\n", "    features: {candidate: []}\n"));
  EXPECT_THAT(names(none, 0), ElementsAre());
  EXPECT_THAT(names(none, 1), ElementsAre("item_rate"));
}

TEST(CandidateFeaturesOfAFile, LeaveTheFeaturesOfUsersAndItemsAsTheyAre) {
  const task::Experiment read =
      load_text(ranked("features: {item: [year]}\n", "    features: {candidate: [item_rate]}\n"));
  const auto& sees = read.variants[0].chain.rank.front().sees.features;
  ASSERT_TRUE(sees.contains("item"));
  EXPECT_EQ(sees.at("item").front().name, "year");
}

TEST(CandidateFeaturesOfAFile, SayTheSameAsTheTextTheyResolveTo) {
  const std::string text = ranked(
      "features:\n  candidate:\n    - item_rate\n    - {of: user_rate, smoothing: 2.5}\n"
      "    - {of: 'interest:genres', half_life_days: 7}\n"
      "    - {of: 'item:year', as: buckets, bounds: [1950, 1980.5]}\n"
      "    - {of: 'item:title', as: words, size: 4096}\n"
      "    - {cross: ['user:gender', 'item:genres'], size: 512}\n");
  const task::Experiment read = load_text(text);
  ASSERT_FALSE(read.resolved_text.empty());
  const task::Experiment again = load_text(read.resolved_text);
  ASSERT_EQ(names(again, 0), names(read, 0));
  ASSERT_EQ(names(read, 0).size(), 6U);
  EXPECT_EQ(again.variants[0].chain.rank.front().features->identity(),
            read.variants[0].chain.rank.front().features->identity());
  EXPECT_EQ(again.resolved_text, read.resolved_text);
}

TEST(CandidateFeaturesOfAFile, AreRefusedWithNearNames) {
  EXPECT_THAT(problem_of("item_event"), HasSubstr("did you mean \"item_events\"?"));
  EXPECT_THAT(problem_of("'itme:year'"), HasSubstr("did you mean \"item\"?"));
  EXPECT_THAT(problem_of("{off: item_events}"), HasSubstr("did you mean \"of\"?"));
  EXPECT_THAT(problem_of("{of: item_events, as: logg}"), HasSubstr("did you mean \"log\"?"));
  EXPECT_THAT(problems_of(ranked("features: {candidates: [hour]}\n")),
              HasSubstr("did you mean \"candidate\"?"));
}

TEST(CandidateFeaturesOfAFile, AreRefusedWithWhatIsMissing) {
  EXPECT_THAT(problem_of("{of: 'item:year', as: buckets}"), HasSubstr("needs bounds"));
  EXPECT_THAT(problem_of("{of: 'item:year', as: buckets, bounds: [3, 2]}"),
              HasSubstr("numbers that rise"));
  EXPECT_THAT(problem_of("{of: 'item:genres', as: hash}"), HasSubstr("needs a number of codes"));
  EXPECT_THAT(problem_of("{cross: ['item:genres'], size: 9}"),
              HasSubstr("a cross needs two or more"));
  EXPECT_THAT(problem_of("{as: log}"), HasSubstr("needs either of or cross"));
  EXPECT_THAT(problem_of("{of: hour, cross: [hour, weekday]}"), HasSubstr("either of or cross"));
  EXPECT_THAT(problem_of("{cross: [hour, weekday], size: 9, as: log}"),
              HasSubstr("is not for a cross"));
  EXPECT_THAT(problem_of("{of: item_rate, smoothing: -1}"), HasSubstr("smoothing below 0"));
  EXPECT_THAT(problem_of("{of: 'interest:genres', half_life_days: 0}"),
              HasSubstr("half_life_days that is not above 0"));
  EXPECT_THAT(problem_of("{of: item_rate, as: hash, size: 9}"),
              HasSubstr("names item_rate, a number, and hash takes categories and sets"));
  EXPECT_THAT(problem_of("{cross: [hour, item_rate], size: 9}"),
              HasSubstr("names item_rate, a number, and cross takes categories and sets"));
  EXPECT_THAT(problem_of("'source:first'"), HasSubstr("the first one is source:0"));
  EXPECT_THAT(problem_of("hour, hour"), HasSubstr("names hour twice"));
  EXPECT_THAT(problems_of(ranked("features: {candidate: hour}\n")),
              HasSubstr("must be a list of features"));
}

TEST(CandidateFeaturesOfAFile, AreForRankStages) {
  EXPECT_THAT(problems_of(minimal("    features: {candidate: [hour]}\n")), "")
      << "a variant may have them without a rank stage";
  EXPECT_THAT(
      problems_of("name: x\ndata: {source: movielens-100k}\nvariants:\n  a:\n    recall: [{plugin: "
                  "popularity, features: {candidate: [hour]}}]\n"),
      HasSubstr("names candidate, which is for rank stages"));
}

TEST(CandidateFeaturesOfAFile, AreNoPartOfAnExperimentThatDoesNotNameThem) {
  const task::Experiment read = load_text(ranked(""));
  const nlohmann::json stage = read.variants[0].chain.rank.front();
  EXPECT_FALSE(stage.contains("features"));
  EXPECT_EQ(read.resolved_text.find("candidate:"), std::string::npos);
}

}  // namespace
}  // namespace assay::config
