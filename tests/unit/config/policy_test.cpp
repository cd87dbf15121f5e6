#include "task/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load.h"
#include "task/off_policy_spec.h"

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

/// A file whose variant has a policy, and this off_policy.
std::string judged(const std::string& off_policy) {
  return logged("policy: {kind: softmax}") + "off_policy: " + off_policy + "\n";
}

/// The fake plugins, of which logistic_regression says that its scores are probabilities.
LoadOptions with_probabilities() {
  LoadOptions options = fake_options();
  options.catalog = [](const std::vector<std::string>&) {
    auto plugins = nlohmann::json::parse(slurp(golden_folder() / "catalog.json"));
    for (auto& plugin : plugins)
      if (plugin.at("name") == "logistic_regression") plugin["traits"]["scores"] = "probability";
    return task::PluginCatalog(plugins.get<std::vector<task::PluginInfo>>());
  };
  return options;
}

TEST(OffPolicy, IsReadAndWrittenAgain) {
  const LoadOptions options = with_probabilities();
  const task::Experiment experiment = load_text(
      judged("{estimators: [dr, mips], parameters: {}, embeddings: [brand], reward: {plugin: "
             "logistic_regression, params: {l2: 0.5}, folds: 4}}"),
      options);
  ASSERT_TRUE(experiment.off_policy);
  const task::OffPolicySpec& spec = *experiment.off_policy;
  EXPECT_EQ(spec.estimators, (std::vector<std::string>{"dr", "mips"}));
  EXPECT_EQ(spec.embeddings, (std::vector<std::string>{"brand"}));
  ASSERT_TRUE(spec.reward);
  EXPECT_EQ(spec.reward->folds, 4);
  EXPECT_EQ(spec.reward->stage.plugin, "logistic_regression");
  EXPECT_EQ(spec.reward->stage.params.at("l2"), 0.5);
  EXPECT_EQ(load_text(experiment.resolved_text, options).resolved_text, experiment.resolved_text);
  EXPECT_EQ(
      load_text(judged("{parameters: {clipped_ips: 10}}")).off_policy->parameters.at("clipped_ips"),
      10);
  EXPECT_FALSE(load_text(logged("policy: {kind: softmax}")).off_policy);
}

TEST(OffPolicy, AsksTheLogAnewOnlyForAnotherModelOrEmbedding) {
  const task::PolicySpec policy{.kind = task::PolicyKind::stages};
  task::OffPolicySpec spec;
  spec.estimators = {"dr"};
  spec.parameters = {{"clipped_ips", 10}};
  EXPECT_EQ(task::asked_text(policy, &spec), task::policy_text(policy));
  EXPECT_EQ(task::asked_text(policy, nullptr), task::policy_text(policy));
  EXPECT_EQ(task::reward_words(task::asked_text(policy, &spec)), "the mean of an item");
  spec.embeddings = {"brand"};
  EXPECT_EQ(task::embeddings_of_work(task::asked_work(policy, &spec)), spec.embeddings);
  auto model = std::make_shared<task::RewardModelSpec>();
  model->stage.plugin = "deep_fm";
  spec.reward = model;
  const std::string asked = task::asked_text(policy, &spec);
  EXPECT_EQ(task::reward_words(asked), "deep_fm, cross-fitted in 3 folds");
  model->stage.params["l2"] = 2;
  EXPECT_NE(task::asked_text(policy, &spec), asked);
  EXPECT_EQ(task::policy_of_work(task::asked_work(policy, &spec))->kind, policy.kind);
  const auto copy = nlohmann::json(spec).get<task::OffPolicySpec>();
  EXPECT_EQ(nlohmann::json(copy), nlohmann::json(spec));
}

TEST(OffPolicy, TakesScoresThatAreLogOddsWhereTheFileSaysSo) {
  const std::string file =
      judged("{reward: {plugin: logistic_regression, link: logit, params: {l2: 0.5}}}");
  const task::Experiment experiment = load_text(file);
  EXPECT_TRUE(experiment.off_policy->reward->logit);
  EXPECT_EQ(load_text(experiment.resolved_text).resolved_text, experiment.resolved_text);
  const std::string work =
      task::asked_work({.kind = task::PolicyKind::stages}, experiment.off_policy.get());
  EXPECT_TRUE(task::reward_is_logit(work));
  EXPECT_FALSE(task::reward_is_logit(task::policy_work({.kind = task::PolicyKind::stages})));
  EXPECT_THAT(problems_of(judged("{reward: {plugin: logistic_regression, link: logti}}")),
              AllOf(HasSubstr("off_policy.reward.link is logti"), HasSubstr("logit")));
}

TEST(OffPolicy, AsksForModelsOfThePolicyOnlyByName) {
  const task::PolicySpec policy{.kind = task::PolicyKind::stages};
  task::OffPolicySpec spec;
  spec.estimators = {"mrdr", "dr", "balanced_ips"};
  const std::string asked = task::asked_text(policy, &spec);
  EXPECT_EQ(task::models_of_text(asked), (std::vector<std::string>{"balanced_ips", "mrdr"}));
  EXPECT_THAT(task::models_of_text(task::policy_text(policy)), testing::IsEmpty());
  EXPECT_EQ(load_text(judged("{estimators: [mrdr, balanced_ips]}")).off_policy->estimators.size(),
            2U);
}

TEST(OffPolicy, SaysWhatIsWrongWithIt) {
  EXPECT_THAT(problems_of(judged("{estimators: [dro]}")),
              AllOf(HasSubstr("off_policy.estimators"), HasSubstr("dro"), HasSubstr("dros")));
  EXPECT_THAT(problems_of(judged("{estimators: []}")), HasSubstr("estimators is empty"));
  EXPECT_THAT(problems_of(judged("{estimators: [mips]}")),
              HasSubstr("names mips, which needs off_policy.embeddings"));
  EXPECT_THAT(problems_of(judged("{parameters: {clipped_isp: 3}}")),
              HasSubstr("is no estimator with a parameter; did you mean \"clipped_ips\"?"));
  EXPECT_THAT(problems_of(judged("{parameters: {sg_ips: 3}}")),
              HasSubstr("parameters.sg_ips is 3; it must be 0 to 1"));
  EXPECT_THAT(problems_of(judged("{estimators: [dr], parameters: {dros: 3}}")),
              HasSubstr("names dros, which is not among off_policy.estimators"));
  EXPECT_THAT(
      problems_of(judged("{reward: {plugin: popularity}}")),
      HasSubstr("is popularity, which is a recall plugin; a rank stage needs a rank plugin"));
  EXPECT_THAT(problems_of(judged("{reward: {plugin: linear}}")),
              HasSubstr("is linear, which does not learn from labelled candidates"));
  EXPECT_THAT(problems_of(judged("{reward: {plugin: logistic_regression}}")),
              AllOf(HasSubstr("whose scores only rank"), HasSubstr("link: logit")));
  EXPECT_THAT(problems_of(judged("{reward: {plugin: logistic_regression, fold: 2}}")),
              AllOf(HasSubstr("off_policy.reward.fold is not a key of a reward model"),
                    HasSubstr("\"folds\"")));
  EXPECT_THAT(problems_of(logged("rank: []") + "off_policy: {estimators: [dr]}\n"),
              HasSubstr("off_policy judges policies, and no variant has one"));
}

}  // namespace
}  // namespace assay::config
