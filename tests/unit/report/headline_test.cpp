#include "report/headline.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "faked_quickstart.h"
#include "report/comparison.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using faked::measured;

class Headline : public testing::Test {
 protected:
  void variant(const std::string& name, double effect, int n = 943,
               const std::string& dataset = "ml100k") {
    if (known_.insert(name).second) run.variant(name);
    run.trial(name, dataset, std::nullopt, measured(n, effect, 0.0, 10 + known_.size()));
  }
  std::string text() {
    run.finish();
    return report::headline(report::read_comparison(run.database, {}));
  }

  FakedRun run;

 private:
  std::set<std::string> known_;
};

TEST_F(Headline, NamesWhatIsBetterAndCountsTheOthers) {
  run.data("ml100k");
  variant("control", 0.0);
  variant("ease", 0.02);
  variant("popular", -0.05);
  EXPECT_EQ(text(), "ease is better than control on ndcg@10. The others: 1 worse.");
}

TEST_F(Headline, SaysThatNothingIsBetter) {
  run.data("ml100k");
  variant("control", 0.0);
  variant("same", 0.0);
  variant("popular", -0.05);
  EXPECT_EQ(text(),
            "No variant is shown to be better than control on ndcg@10: 1 equivalent, "
            "1 worse.");
}

TEST_F(Headline, TooFewRequestsAreSaidAsSuch) {
  run.data("ml100k");
  variant("control", 0.0, 60);
  variant("ease", 0.1, 60);
  variant("als", 0.1, 60);
  EXPECT_EQ(text(),
            "No variant is shown to be better than control on ndcg@10: 2 with too few requests to "
            "decide.");
}

TEST_F(Headline, ManyBetterOnesAreCounted) {
  run.data("ml100k");
  variant("control", 0.0);
  for (const char* name : {"a", "b", "c", "d"}) variant(name, 0.05);
  EXPECT_EQ(text(), "4 of 4 variants are better than control on ndcg@10.");
}

TEST_F(Headline, ABrokenGuardrailIsPartOfTheAnswer) {
  run.settings.compare.guardrails = {faked::p99_guardrail()};
  run.data("ml100k");
  variant("control", 0.0);
  variant("ease", 0.02);
  variant("als", 0.02);
  faked::time_variant(run, "control", std::nullopt, 1.9, 100, true);
  faked::time_variant(run, "ease", std::nullopt, 2.9, 200);
  faked::time_variant(run, "als", std::nullopt, 1.9, 300);
  EXPECT_EQ(text(), "ease and als are better than control on ndcg@10; ease breaks a guardrail.");
}

TEST_F(Headline, BetterOnOneDataSetOnlyIsNotBetterEverywhere) {
  for (const char* dataset : {"first", "second"}) {
    run.data(dataset, std::string("hash of ") + dataset);
    variant("control", 0.0, 943, dataset);
    variant("ease", dataset == std::string("first") ? 0.05 : 0.0, 943, dataset);
    variant("torn", dataset == std::string("first") ? 0.05 : -0.05, 943, dataset);
  }
  EXPECT_EQ(text(),
            "ease is better than control on ndcg@10 on at least one of 2 data sets. The others: 1 "
            "better on one data set and worse on another.");
}

TEST_F(Headline, OneVariantHasItsSentence) {
  run.data("ml100k");
  variant("control", 0.0);
  variant("ease", 0.02);
  EXPECT_EQ(text(), "");
}

}  // namespace
}  // namespace assay::report
