#include "report/strategy_warnings.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "report/compare_files.h"
#include "unit/report/faked_run.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using faked::measured;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kText = "all labels are equal: the input order is kept";

std::string spaced(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

/// Two variants with a ranker that warned, the second one with one of two seeds.
void fill(FakedRun& run) {
  run.data("ml100k");
  for (const char* name : {"pop", "lr", "other"}) run.variant(name);
  run.trial("pop", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  run.warned("lr", "ml100k", std::nullopt, "logistic_regression",
             {{"warning", kText}, {"loss", "0.5"}}, measured(300, 0.0, 0.0, 10));
  run.warned("other", "ml100k", 1, "logistic_regression", {{"warning", kText}},
             measured(300, 0.0, 0.0, 11));
  run.warned("other", "ml100k", 2, "logistic_regression", {{"loss", "0.5"}},
             measured(300, 0.0, 0.0, 12));
  run.finish();
}

TEST(StrategyWarnings, StandBesideTheVerdict) {
  FakedRun run;
  fill(run);
  const std::string text = run.text(), opening = text.substr(0, text.find("\n\n"));
  EXPECT_THAT(spaced(opening),
              HasSubstr("Warning: lr and other (logistic_regression, rank[0], 2 of 3 trials): all "
                        "labels are equal: the input order is kept."));
  EXPECT_THAT(run.text({.format = TextFormat::markdown}), HasSubstr("**Warning: lr and other"));
  const auto json = nlohmann::json::parse(run.text({.format = TextFormat::json}));
  ASSERT_EQ(json["warnings"].size(), 1U);
  EXPECT_EQ(json["warnings"][0]["variants"], nlohmann::json({"lr", "other"}));
  EXPECT_EQ(json["warnings"][0]["text"], kText);
  EXPECT_EQ(json["warnings"][0]["plugin"], "logistic_regression");
}

TEST(StrategyWarnings, OtherNotesAreNone) {
  FakedRun run;
  run.data("ml100k");
  run.variant("lr");
  run.warned("lr", "ml100k", std::nullopt, "logistic_regression", {{"loss", "0.5"}},
             measured(300, 0.0, 0.0, 10));
  run.finish();
  EXPECT_THAT(run.text(), Not(HasSubstr("Warning")));
}

TEST(StrategyWarnings, GoAlongWhereFilesAreCompared) {
  FakedRun one, two;
  fill(one);
  two.data("ml100k");
  two.variant("pop");
  two.variant("third");
  two.trial("pop", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 10));
  two.trial("third", "ml100k", std::nullopt, measured(300, 0.01, 0.0, 14));
  two.finish();
  const std::string text =
      compared_files_text({{.path = one.database.path()}, {.path = two.database.path()}}, {});
  EXPECT_THAT(spaced(text), HasSubstr("Warning: lr and other (logistic_regression"));
}

}  // namespace
}  // namespace assay::report
