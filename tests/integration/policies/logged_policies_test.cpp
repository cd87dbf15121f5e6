#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "error/error.h"
#include "integration/runs/workbench.h"
#include "results/policy_table.h"

// Policies of variants on logged requests, through real workers.

namespace assay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kRequests = 600, kItems = 6, kFirstTest = 300;

/// A logged row: three items are allowed, in each tenth request all, and the first of them was shown
/// with half the probability.
struct Logged {
  int item = 0;
  double propensity = 0;
  bool clicked = false;
  std::vector<int> allowed;
};

/// Numbers below `bound` that look drawn.
int drawn(int request, int stream, int bound) {
  uint64_t bits = static_cast<uint64_t>(request) * 977 + static_cast<uint64_t>(stream) + 1;
  for (int i = 0; i < 3; ++i) bits = (bits ^ (bits >> 29)) * 0xbf58476d1ce4e5b9u;
  return static_cast<int>((bits >> 33) % static_cast<uint64_t>(bound));
}

Logged logged(int request) {
  Logged row;
  const int from = drawn(request, 0, kItems), size = request % 10 == 0 ? kItems : 3;
  for (int place = 0; place < size; ++place) row.allowed.push_back((from + place) % kItems);
  const bool first = drawn(request, 1, 2) == 0;
  row.item = row.allowed[first ? 0 : 1 + drawn(request, 2, size - 1)];
  row.propensity = first ? 0.5 : 0.5 / (size - 1);
  row.clicked = drawn(request, 3, 6) < row.item;
  std::ranges::sort(row.allowed);
  return row;
}

std::string rows() {
  std::string out = "item,at,p,might,clicked\n";
  for (int r = 0; r < kRequests; ++r) {
    const Logged row = logged(r);
    out += fmt::format(
        "{},{},{},{},{}\n", row.item, 1'600'000'000 + r, row.propensity,
        row.allowed.size() == kItems ? "" : fmt::format("{}", fmt::join(row.allowed, "|")),
        row.clicked ? 1 : 0);
  }
  return out;
}

std::string experiment(const Workbench& bench, const std::string& variants,
                       const std::string& columns =
                           "item: item, time: at, propensity: p, allowed: "
                           "might") {
  bench.write("rows.csv", rows());
  return fmt::format(R"(name: logged
device: cpu
data:
  source:
    impressions:
      path: rows.csv
      format: csv
      columns: {{{}}}
      labels: {{click: {{column: clicked, equals: 1}}}}
  split: {{method: global_time, rank: 0, validation: 0, test: 0.5}}
traffic: {{requests: logged, candidates: allowed}}
serve: {{size: 3}}
metrics: {{groups: [accuracy], cutoffs: [3], primary: ndcg@3}}
variants:
{})",
                     columns, variants);
}

/// What the latest run knows.
struct Told {
  explicit Told(const Workbench& bench)
      : database(results::Database::open_readonly(bench.path("results.sqlite"))),
        reader(database),
        run_id(reader.runs().back().run_id) {}

  results::PolicyInput input(const std::string& variant) const {
    std::string policy;
    for (const results::VariantPolicyRow& row : results::variant_policies(reader, run_id))
      if (row.variant == variant) policy = row.policy;
    for (const results::RunTrial& trial : reader.trials(run_id)) {
      if (trial.variant != variant) continue;
      const auto shards = results::policy_input(reader, trial.trial_key, policy);
      if (shards.size() == 1) return shards.front();
    }
    return {};
  }

  std::map<std::string, results::PolicyValueRow> values(const std::string& variant) const {
    std::map<std::string, results::PolicyValueRow> out;
    for (const results::PolicyValueRow& row : results::policy_values(reader, run_id))
      if (row.variant == variant) out[row.estimator] = row;
    return out;
  }

  results::Database database;
  results::Reader reader;
  int64_t run_id;
};

TEST(LoggedPolicies, ActAsTheirDefinitionSays) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(experiment(
      bench,
      "  uniform: {recall: [{plugin: popularity}], policy: {kind: epsilon_greedy, epsilon: 1}}\n"
      "  greedy: {recall: [{plugin: popularity}], policy: {kind: epsilon_greedy, epsilon: 0.2}}\n"
      "  soft: {recall: [{plugin: popularity}], policy: {kind: softmax, temperature: 10}}\n"));
  ASSERT_TRUE(outcome.failed.empty());
  const Told told(bench);
  const results::PolicyInput uniform = told.input("uniform"), greedy = told.input("greedy"),
                             soft = told.input("soft");
  ASSERT_EQ(uniform.reward.size(), static_cast<size_t>(kRequests - kFirstTest));
  const results::Slates slates = bench.slates("uniform", std::nullopt);
  for (size_t i = 0; i < uniform.reward.size(); ++i) {
    const Logged row = logged(kFirstTest + static_cast<int>(i));
    const auto servable = static_cast<double>(row.allowed.size());
    ASSERT_EQ(uniform.propensity[i], static_cast<float>(row.propensity));
    ASSERT_EQ(uniform.reward[i], row.clicked ? 1.f : 0.f);
    ASSERT_FLOAT_EQ(uniform.probability[i], 1 / servable) << "row " << i;
    const bool first = slates.items[i * static_cast<size_t>(slates.size)] == row.item;
    ASSERT_FLOAT_EQ(greedy.probability[i], .2 / servable + (first ? .8 : 0)) << "row " << i;
    // The list is as long as the slate.
    double sum = 0, own = 0;
    for (size_t place = i * 3; place < i * 3 + 3; ++place) {
      if (slates.items[place] < 0) continue;
      const double weight = std::exp(static_cast<double>(slates.scores[place]) / 10);
      sum += weight;
      if (slates.items[place] == row.item) own = weight;
    }
    ASSERT_NEAR(soft.probability[i], own / sum, 1e-6) << "row " << i;
  }
}

TEST(LoggedPolicies, OfTheLastStageAreWhatItDraws) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(experiment(
      bench,
      "  drawn: {recall: [{plugin: popularity}], rerank: [{plugin: plackett_luce, params: "
      "{temperature: 0.3}}], policy: {kind: stages}}\n"));
  ASSERT_TRUE(outcome.failed.empty());
  const results::PolicyInput drawn = Told(bench).input("drawn");
  ASSERT_EQ(drawn.reward.size(), static_cast<size_t>(kRequests - kFirstTest));
  // Relevance of the best of a request is 1, of the worst 0.
  const float most = std::ranges::max(drawn.probability);
  EXPECT_GT(most, .5f);
  EXPECT_LT(most, 1);
  EXPECT_GT(std::ranges::min(drawn.probability), 0);
}

TEST(LoggedPolicies, AreEstimatedBesideWhatTheLogEarned) {
  const Workbench bench;
  bench.run(experiment(bench,
                       "  greedy: {recall: [{plugin: popularity}], policy: {kind: epsilon_greedy, "
                       "epsilon: 0.2}}\n"
                       "  silent: {recall: [{plugin: popularity}]}\n"));
  const Told told(bench);
  const results::PolicyInput input = told.input("greedy");
  double earned = 0, weighted = 0, weights = 0, squares = 0;
  const auto n = static_cast<double>(input.reward.size());
  for (size_t i = 0; i < input.reward.size(); ++i) {
    const double w = static_cast<double>(input.probability[i]) / input.propensity[i];
    earned += input.reward[i];
    weighted += w * input.reward[i];
    weights += w;
    squares += w * w;
  }
  const auto values = told.values("greedy");
  ASSERT_TRUE(values.contains("on_policy"));
  EXPECT_NEAR(values.at("on_policy").value.value(), earned / n, 1e-9);
  EXPECT_LT(values.at("on_policy").ci_low.value(), earned / n);
  EXPECT_GT(values.at("on_policy").ci_high.value(), earned / n);
  ASSERT_TRUE(values.contains("ips"));
  EXPECT_NEAR(values.at("ips").value.value(), weighted / n, 1e-9);
  EXPECT_NEAR(values.at("snips").value.value(), weighted / weights, 1e-9);
  EXPECT_NEAR(values.at("ips").effective_rows.value(), weights * weights / squares, 1e-6);
  EXPECT_NEAR(values.at("ips").mean_weight.value(), weights / n, 1e-9);
  EXPECT_TRUE(told.values("silent").empty());
}

TEST(LoggedPolicies, WithoutProbabilitiesFailByNameAndLeaveTheTrialAsItIs) {
  const Workbench bench;
  const execution::RunOutcome outcome =
      bench.run(experiment(bench,
                           "  mute: {recall: [{plugin: popularity}], policy: {kind: stages}}\n"
                           "  soft: {recall: [{plugin: popularity}], policy: {kind: softmax}}\n"));
  ASSERT_EQ(outcome.failed.size(), 1U);
  EXPECT_EQ(outcome.failed.front().variant, "mute");
  EXPECT_EQ(outcome.failed.front().failure.place, "recall[0]");
  EXPECT_EQ(outcome.failed.front().failure.plugin, "popularity");
  EXPECT_THAT(outcome.failed.front().failure.reason, HasSubstr("action_probability"));
  const Told told(bench);
  EXPECT_EQ(bench.slates("mute", std::nullopt).requests, kRequests - kFirstTest);
  for (const auto& [estimator, row] : told.values("mute")) {
    EXPECT_FALSE(row.value) << estimator;
    EXPECT_THAT(row.reason, HasSubstr("action_probability"));
  }
  EXPECT_TRUE(told.values("soft").at("ips").value);
}

TEST(LoggedPolicies, AreAskedOfTrialsThatAreDoneAndChangeNoKey) {
  const Workbench bench;
  const std::string bare = "  popular: {recall: [{plugin: popularity}]}\n";
  bench.run(experiment(bench, bare));
  const std::string key = bench.text("SELECT trial_key FROM run_trial");
  const std::string with =
      "  popular: {recall: [{plugin: popularity}], policy: {kind: softmax, temperature: 3}}\n";
  const execution::RunOutcome outcome = bench.run(experiment(bench, with));
  EXPECT_EQ(outcome.found, 1);
  EXPECT_EQ(outcome.computed, 0);
  EXPECT_EQ(bench.number("SELECT count(DISTINCT trial_key) FROM run_trial"), 1);
  EXPECT_EQ(bench.text("SELECT trial_key FROM run_trial"), key);
  EXPECT_TRUE(Told(bench).values("popular").at("ips").value);
  const execution::RunOutcome again = bench.run(experiment(bench, with));
  EXPECT_EQ(again.strategy_tasks, 0) << "what is known is not asked again";
  EXPECT_TRUE(Told(bench).values("popular").at("ips").value);
}

TEST(LoggedPolicies, NeedPropensities) {
  const Workbench bench;
  const std::string yaml =
      experiment(bench, "  soft: {recall: [{plugin: popularity}], policy: {kind: softmax}}\n",
                 "item: item, time: at");
  try {
    bench.run(yaml);
    FAIL() << "nothing was thrown";
  } catch (const error::UserError& error) {
    EXPECT_THAT(std::string(error.what()),
                AllOf(HasSubstr("variants.soft.policy"), HasSubstr("have no propensities"),
                      HasSubstr("columns.propensity")));
  }
}

TEST(LoggedPolicies, RefuseALogThatShowsWhatItDidNotAllow) {
  const Workbench bench;
  const std::string yaml =
      experiment(bench, "  soft: {recall: [{plugin: popularity}], policy: {kind: softmax}}\n");
  std::string text = rows();
  text += fmt::format("5,{},0.5,0|1|2,0\n", 1'600'000'000 + kRequests);
  bench.write("rows.csv", text);
  const execution::RunOutcome outcome = bench.run(yaml);
  ASSERT_EQ(outcome.failed.size(), 1U);
  EXPECT_THAT(outcome.failed.front().failure.reason,
              AllOf(HasSubstr(fmt::format("row {} of the logged rows", kRequests + 1)),
                    HasSubstr("not in the allowed set")));
}

/// The experiment with a brand for each two items, and this off_policy.
std::string judged(const Workbench& bench, const std::string& off_policy,
                   const std::string& policy = "{kind: epsilon_greedy, epsilon: 0.4}") {
  std::string items = "item,brand\n";
  for (int item = 0; item < kItems; ++item) items += fmt::format("{},b{}\n", item, item / 2);
  bench.write("items.csv", items);
  std::string text = experiment(
      bench, fmt::format("  greedy: {{recall: [{{plugin: popularity}}], policy: {}}}\n", policy));
  const std::string before = "  split:";
  text.insert(text.find(before),
              "    features: [{of: item, path: items.csv, format: csv, id: item, columns: {brand: "
              "category}}]\n");
  return text + fmt::format("off_policy: {}\n", off_policy);
}

constexpr char kModel[] =
    "{estimators: [dm, dr], reward: {plugin: logistic_regression, params: {l2: 0.1}, folds: 2}}";

TEST(LoggedPolicies, RewardsAreWhatARankStrategyPredicts) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(judged(bench, kModel));
  ASSERT_TRUE(outcome.failed.empty()) << outcome.failed.front().failure.reason;
  const Told told(bench);
  const results::PolicyInput input = told.input("greedy");
  ASSERT_EQ(input.reward.size(), static_cast<size_t>(kRequests - kFirstTest));
  std::vector<double> predicted(kItems), rows(kItems);
  for (size_t i = 0; i < input.reward.size(); ++i) {
    const Logged row = logged(kFirstTest + static_cast<int>(i));
    ASSERT_GT(input.predicted[i], 0);
    ASSERT_LT(input.predicted[i], 1);
    predicted[static_cast<size_t>(row.item)] += input.predicted[i];
    rows[static_cast<size_t>(row.item)] += 1;
  }
  EXPECT_LT(predicted[0] / rows[0] + 0.2, predicted[5] / rows[5]) << "5 is clicked more often";
  const auto values = told.values("greedy");
  EXPECT_EQ(values.size(), 3U) << "the log itself, dm and dr";
  EXPECT_TRUE(values.at("dr").value);
  const execution::RunOutcome again = bench.run(
      judged(bench,
             "{estimators: [snips], reward: {plugin: logistic_regression, params: {l2: 0.1}, "
             "folds: 2}}"));
  EXPECT_EQ(again.strategy_tasks, 0) << "other estimators ask the log nothing";
  EXPECT_TRUE(Told(bench).values("greedy").contains("snips"));
}

/// Trees by popularity, which items differ in; their scores are log-odds.
constexpr char kTrees[] =
    "{estimators: [dm, dr], reward: {plugin: gbdt, link: logit, params: {trees: 30}, folds: 2}}";

TEST(LoggedPolicies, RewardsAreWhatTreesPredict) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(judged(bench, kTrees));
  ASSERT_TRUE(outcome.failed.empty()) << outcome.failed.front().failure.reason;
  const Told told(bench);
  const results::PolicyInput input = told.input("greedy");
  double predicted = 0, earned = 0;
  for (size_t i = 0; i < input.reward.size(); ++i) {
    ASSERT_GT(input.predicted[i], 0);
    ASSERT_LT(input.predicted[i], 1);
    predicted += input.predicted[i];
    earned += input.reward[i];
  }
  EXPECT_NEAR(predicted, earned, 0.15 * earned) << "they are no log-odds";
  EXPECT_TRUE(told.values("greedy").at("dr").value);
}

class PredictedRewards : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Models, PredictedRewards, ::testing::Values(kModel, kTrees));

TEST_P(PredictedRewards, OfARequestDoNotKnowItsReward) {
  const Workbench first, second;
  first.run(judged(first, GetParam()));
  const std::string yaml = judged(second, GetParam());
  std::string text = rows();
  constexpr size_t kFlipped = 400;
  size_t at = 0;
  for (size_t line = 0; line <= kFlipped; ++line) at = text.find('\n', at) + 1;
  char& click = text[text.find('\n', at) - 1];
  click = click == '0' ? '1' : '0';
  second.write("rows.csv", text);
  second.run(yaml);
  const results::PolicyInput as_was = Told(first).input("greedy");
  const results::PolicyInput flipped = Told(second).input("greedy");
  const size_t row = kFlipped - kFirstTest;
  ASSERT_NE(as_was.reward.at(row), flipped.reward.at(row));
  EXPECT_EQ(as_was.predicted[row], flipped.predicted[row]);
  EXPECT_NE(as_was.predicted, flipped.predicted) << "those of the other fold know it";
}

TEST(LoggedPolicies, WeightsOfEmbeddingsAreProbabilitiesOfBrands) {
  const Workbench bench;
  const execution::RunOutcome outcome =
      bench.run(judged(bench, "{estimators: [ips, mips], embeddings: [brand]}"));
  ASSERT_TRUE(outcome.failed.empty()) << outcome.failed.front().failure.reason;
  const Told told(bench);
  const results::PolicyInput input = told.input("greedy");
  std::vector<double> shown(kItems), allowed(kItems);
  for (int r = kFirstTest; r < kRequests; ++r) {
    const Logged row = logged(r);
    shown[static_cast<size_t>(row.item)] += 1;
    for (const int item : row.allowed) allowed[static_cast<size_t>(item)] += 1;
  }
  const results::Slates slates = bench.slates("greedy", std::nullopt);
  ASSERT_EQ(input.marginal.size(), input.reward.size());
  for (size_t i = 0; i < input.reward.size(); ++i) {
    const Logged row = logged(kFirstTest + static_cast<int>(i));
    double policy = 0, log = 0;
    for (const int item : row.allowed) {
      if (item / 2 != row.item / 2) continue;
      const bool first = slates.items[i * static_cast<size_t>(slates.size)] == item;
      policy += .4 / static_cast<double>(row.allowed.size()) + (first ? .6 : 0);
      const auto at = static_cast<size_t>(item);
      log += item == row.item ? row.propensity : shown[at] / allowed[at];
    }
    ASSERT_NEAR(input.marginal[i], policy / log, 1e-5) << "row " << i;
  }
  EXPECT_TRUE(told.values("greedy").at("mips").value);
}

constexpr char kModels[] = "{estimators: [dr, mrdr, balanced_ips]}";

TEST(LoggedPolicies, OfModelsOfTheirOwnAreJudgedByTheirColumns) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(judged(bench, kModels));
  ASSERT_TRUE(outcome.failed.empty()) << outcome.failed.front().failure.reason;
  const Told told(bench);
  const results::PolicyInput input = told.input("greedy");
  ASSERT_EQ(input.mrdr_predicted.size(), input.reward.size());
  ASSERT_EQ(input.balanced.size(), input.reward.size());
  double mrdr = 0, balanced = 0, mean_weight = 0;
  const auto rows = static_cast<double>(input.reward.size());
  for (size_t i = 0; i < input.reward.size(); ++i) {
    const double weight = static_cast<double>(input.probability[i]) / input.propensity[i];
    mrdr += (input.mrdr_expected[i] + weight * (input.reward[i] - input.mrdr_predicted[i])) / rows;
    balanced += static_cast<double>(input.balanced[i]) * input.reward[i] / rows;
    mean_weight += static_cast<double>(input.balanced[i]) / rows;
  }
  const auto values = told.values("greedy");
  EXPECT_NEAR(values.at("mrdr").value.value(), mrdr, 1e-6);
  EXPECT_NEAR(values.at("balanced_ips").value.value(), balanced, 1e-6);
  EXPECT_NEAR(values.at("balanced_ips").mean_weight.value(), mean_weight, 1e-6);
  EXPECT_NEAR(mean_weight, 1, 0.15);
  EXPECT_NE(input.mrdr_predicted, input.predicted) << "rows count by their part in the variance";
}

TEST(LoggedPolicies, RefuseEmbeddingsThatAreNoCategory) {
  const Workbench bench;
  try {
    bench.run(judged(bench, "{embeddings: [bran]}"));
    FAIL() << "nothing was thrown";
  } catch (const error::UserError& error) {
    EXPECT_THAT(std::string(error.what()),
                AllOf(HasSubstr("off_policy.embeddings names bran, which is no item feature"),
                      HasSubstr("\"brand\"")));
  }
}

TEST(LoggedPolicies, LieOverTheLogAsTheirWeightsDo) {
  const Workbench bench;
  bench.run(judged(bench, "{estimators: [ips]}", "{kind: epsilon_greedy, epsilon: 0}"));
  const Told told(bench);
  const results::PolicyInput input = told.input("greedy");
  const auto overlap = nlohmann::json::parse(told.values("greedy").at("on_policy").overlap);
  int64_t none = 0, all = 0;
  for (const float probability : input.probability) none += probability == 0 ? 1 : 0;
  for (const auto& count : overlap.at("counts")) all += count.get<int64_t>();
  EXPECT_EQ(overlap.at("none"), none);
  EXPECT_EQ(none + all, static_cast<int64_t>(input.probability.size()));
  EXPECT_GE(overlap.at("log2"), 0) << "where it shows the item its weight is 1 or more";
}

}  // namespace
}  // namespace assay::testing
