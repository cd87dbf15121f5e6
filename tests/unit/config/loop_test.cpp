#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load.h"
#include "task/feedback_spec.h"

namespace assay::config {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kWorld[] =
    "data: {source: {format: simulator, simulator: {users: 50, items: 40, days: 10, events: 1000, "
    "allowed: 10}}, split: {rank: 0, validation: 0.1}}\n";
constexpr char kTraffic[] = "traffic: {requests: logged, candidates: allowed}\n";
constexpr char kVariants[] = "variants: {control: {recall: [{plugin: popularity}]}}\n";

std::string file(const std::string& loop, const std::string& more = "") {
  return std::string(kWorld) + kTraffic + (more.empty() ? kVariants : more) + "loop: " + loop +
         "\n";
}

TEST(Loop, SplitsAWorldByItsLastDays) {
  const task::Experiment experiment = load_text(file("{days: 4}"));
  ASSERT_TRUE(experiment.loop);
  EXPECT_EQ(experiment.loop->days, 4);
  const task::SplitSpec& split = experiment.datasets.front().split;
  EXPECT_EQ(split.method, task::SplitMethod::walk_forward);
  EXPECT_EQ(split.folds, 4);
  EXPECT_DOUBLE_EQ(split.test, 0.1);
  EXPECT_DOUBLE_EQ(split.validation, 0.1);
  EXPECT_THAT(experiment.resolved_text, HasSubstr("loop:\n  days: 4\n"));
  EXPECT_THAT(experiment.resolved_text, HasSubstr("method: global_time"))
      << "the text says what the file says, so that it can be read again";
  EXPECT_EQ(load_text(experiment.resolved_text).resolved_text, experiment.resolved_text);
}

TEST(Loop, IsNoneWhereTheFileSaysNothingOfIt) {
  const task::Experiment experiment =
      load_text(std::string(kWorld) + kTraffic + std::string(kVariants));
  EXPECT_FALSE(experiment.loop);
  EXPECT_THAT(experiment.resolved_text, Not(HasSubstr("loop")));
}

TEST(Loop, NeedsDaysWithSomeBeforeThem) {
  EXPECT_THAT(problems_of(file("{days: 0}")), HasSubstr("loop.days is 0; it must be 1 to 366"));
  EXPECT_THAT(problems_of(file("{days: 500}")), HasSubstr("loop.days is 500; it must be"));
  EXPECT_THAT(problems_of(file("{days: 10}")),
              HasSubstr("loop.days is 10, and the world of simulated has 10 days"));
  EXPECT_THAT(problems_of(file("{days: 9}")), HasSubstr("to leave events for train"));
  EXPECT_THAT(problems_of(file("{}")), HasSubstr("loop.days is missing"));
  EXPECT_THAT(problems_of(file("{day: 3}")), HasSubstr("did you mean \"days\"?"));
}

TEST(Loop, NeedsDaysWithAsManyRequests) {
  std::string odd = file("{days: 4}");
  odd.replace(odd.find("events: 1000"), 12, "events: 1001");
  EXPECT_THAT(problems_of(odd), HasSubstr("take events: 1010"));
}

TEST(Loop, NeedsAWorldThatAnswers) {
  EXPECT_THAT(problems_of("data: {source: movielens-100k}\n" + std::string(kVariants) +
                          "loop: {days: 3}\n"),
              HasSubstr("take data with format: simulator"));
  EXPECT_THAT(problems_of(std::string(kWorld) + kVariants + "loop: {days: 3}\n"),
              HasSubstr("needs traffic: {requests: logged, candidates: allowed}"));
}

TEST(Loop, SaysWhatItCannotBeTogetherWith) {
  std::string folds = file("{days: 3}");
  folds.replace(folds.find("rank: 0,"), 8, "method: walk_forward, rank: 0,");
  EXPECT_THAT(problems_of(folds), HasSubstr("split.method is walk_forward; take global_time"));
  EXPECT_THAT(
      problems_of(file("{days: 3}") + "latency: {scenarios: [{kind: single_stream}], rounds: 1}\n"),
      HasSubstr("leave latency out"));
  const auto with = [](const std::string& more) {
    return problems_of(
        file("{days: 3}", "variants: {control: {recall: [{plugin: popularity}], " + more + "}}\n"));
  };
  EXPECT_THAT(with("perturb: {dropped: 0.1}"), HasSubstr("variant control: it has perturb"));
  EXPECT_THAT(with("augment: {method: crop}"), HasSubstr("variant control: it has augment"));
  EXPECT_THAT(with("policy: {kind: softmax, temperature: 1}"), HasSubstr("it has a policy"));
}

}  // namespace
}  // namespace assay::config
