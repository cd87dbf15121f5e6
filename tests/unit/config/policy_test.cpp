#include "task/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load.h"

namespace assay::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kFile = ASSAY_SOURCE_DIR "/tests/golden/yaml/parts/bm25.run";

std::string logged(const std::string& variant,
                   const std::string& traffic = "requests: logged, candidates: allowed") {
  return "data: {source: {impressions: {path: " + kFile +
         ", format: csv, labels: {click: {column: clicked, equals: 1}}}}}\ntraffic: {" + traffic +
         "}\nvariants: {control: {recall: [{plugin: popularity}], " + variant + "}}\n";
}

TEST(Policy, IsReadAndWrittenAgain) {
  const task::Experiment experiment =
      load_text(logged("policy: {kind: softmax, temperature: 0.25}"));
  ASSERT_TRUE(experiment.variants[0].policy);
  EXPECT_EQ(experiment.variants[0].policy->kind, task::PolicyKind::softmax);
  EXPECT_EQ(experiment.variants[0].policy->temperature, 0.25);
  EXPECT_EQ(load_text(experiment.resolved_text).resolved_text, experiment.resolved_text);
  EXPECT_EQ(load_text(logged("policy: {kind: epsilon_greedy}")).variants[0].policy->epsilon, 0.1);
}

TEST(Policy, IsNobodysWhereTheFileSaysNothingOfIt) {
  const task::Experiment experiment = load_text(logged("rank: []"));
  EXPECT_FALSE(experiment.variants[0].policy);
  EXPECT_THAT(experiment.resolved_text, Not(HasSubstr("policy")));
}

TEST(Policy, SaysWhatIsWrongWithIt) {
  EXPECT_THAT(problems_of(logged("policy: {kind: softmaxx}")),
              AllOf(HasSubstr("variants.control.policy.kind is softmaxx"), HasSubstr("softmax")));
  EXPECT_THAT(problems_of(logged("policy: {temperature: 1}")),
              HasSubstr("variants.control.policy.kind is missing"));
  EXPECT_THAT(problems_of(logged("policy: {kind: softmax, temprature: 1}")),
              AllOf(HasSubstr("policy.temprature is not a key"), HasSubstr("\"temperature\"")));
  EXPECT_THAT(problems_of(logged("policy: {kind: softmax, epsilon: 0.1}")),
              HasSubstr("policy.epsilon belongs to the method epsilon_greedy"));
  EXPECT_THAT(problems_of(logged("policy: {kind: softmax, temperature: 0}")),
              HasSubstr("policy.temperature is 0; it must be"));
  EXPECT_THAT(problems_of(logged("policy: {kind: epsilon_greedy, epsilon: 1.5}")),
              HasSubstr("policy.epsilon is 1.5; it must be 0 to 1"));
  EXPECT_THAT(problems_of(logged("policy: softmax")), HasSubstr("variants.control.policy is"));
}

TEST(Policy, NeedsLoggedRequestsAndWhatTheyAllow) {
  EXPECT_THAT(problems_of(logged("policy: {kind: softmax}", "requests: per_user")),
              AllOf(HasSubstr("variants.control.policy acts on logged requests"),
                    HasSubstr("traffic.requests is per_user"),
                    HasSubstr("{requests: logged, candidates: allowed}")));
  EXPECT_THAT(problems_of(logged("policy: {kind: softmax}", "requests: logged")),
              HasSubstr("traffic.candidates is retrieved"));
}

TEST(Policy, HasNoProbabilitiesWhereAnotherStageDraws) {
  const std::string drawn = "rerank: [{plugin: shuffle}], ";
  EXPECT_FALSE(load_text(logged(drawn + "policy: {kind: stages}")).variants.empty());
  EXPECT_THAT(problems_of(logged(drawn + "policy: {kind: softmax}")),
              AllOf(HasSubstr("has no probabilities: rerank[0] (shuffle) draws what is served"),
                    HasSubstr("kind: stages")));
  EXPECT_THAT(problems_of(logged("rerank: [{plugin: shuffle}, {plugin: mmr}], policy: {kind: "
                                 "stages}")),
              HasSubstr("rerank[0] (shuffle) draws before the last stage"));
}

TEST(Policy, OfStagesNeedsAListThatIsNotMergedBehindThem) {
  EXPECT_THAT(problems_of("data: {source: {impressions: {path: " + kFile +
                          ", format: csv, labels: {click: {column: clicked, equals: 1}}}}}\n"
                          "traffic: {requests: logged, candidates: allowed}\nvariants: {control: "
                          "{recall: [{plugin: popularity}, {plugin: popularity}], policy: {kind: "
                          "stages}}}\n"),
              HasSubstr("the list is merged or cut behind its last stage"));
}

TEST(PolicyText, SaysOnlyWhatActs) {
  using enum task::PolicyKind;
  EXPECT_EQ(task::policy_text({.kind = softmax, .temperature = 2, .epsilon = 0.7}),
            R"({"kind":"softmax","temperature":2.0})");
  EXPECT_EQ(task::policy_text({.kind = stages}), R"({"kind":"stages"})");
  const task::PolicySpec greedy{.kind = epsilon_greedy, .temperature = 1, .epsilon = 0.25};
  const auto read = task::policy_of_work(task::policy_work(greedy));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, epsilon_greedy);
  EXPECT_EQ(read->epsilon, 0.25);
  EXPECT_FALSE(task::policy_of_work("evaluate"));
}

}  // namespace
}  // namespace assay::config
