#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "integration/runs/workbench.h"
#include "report/comparison_text.h"
#include "results/policy_table.h"

// The two logs of the Open Bandit campaign "men" (Saito et al. 2021), through the whole program, held
// against what obp 0.5.7 makes of them.

namespace assay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kItems = 34;

std::string find_data(const std::string& file) {
  const char* const folders = std::getenv("ASSAY_DATA");
  std::istringstream stream(folders == nullptr ? "" : folders);
  for (std::string folder; std::getline(stream, folder, ':');)
    if (std::filesystem::exists(folder + "/" + file)) return folder + "/" + file;
  return "";
}

/// Ends the test where the logs are not there.
#define NEEDS_LOGS()                                                                          \
  if (find_data("open-bandit-men/bts/men.csv").empty()) {                                     \
    ASSERT_TRUE(std::getenv("CI") == nullptr && std::getenv("ASSAY_REQUIRE_DATA") == nullptr) \
        << "open-bandit-men is in no folder of ASSAY_DATA";                                   \
    GTEST_SKIP() << "open-bandit-men is in no folder of ASSAY_DATA";                          \
  }                                                                                           \
  static_assert(true)

nlohmann::json oracle(const std::string& name) {
  std::ifstream file(ASSAY_SOURCE_DIR "/tests/golden/oracles/ope_open_bandit_men.json");
  const nlohmann::json all = nlohmann::json::parse(file);
  for (const nlohmann::json& one : all.at("cases"))
    if (one.at("name") == name) return one;
  throw std::runtime_error("no such case: " + name);
}

/// Numbers of rows of a log by its items: shown and clicked.
std::vector<std::pair<int, int>> counts(const std::string& path) {
  std::vector<std::pair<int, int>> out(kItems);
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::stringstream cells(line);
    std::string row, time, item, position, click;
    for (std::string* cell : {&row, &time, &item, &position, &click})
      std::getline(cells, *cell, ',');
    auto& [shown, clicked] = out.at(static_cast<size_t>(std::stoi(item)));
    ++shown;
    clicked += click == "1";
  }
  return out;
}

/// A log of the true form, 600 rows of a uniform policy over five items.
std::string small_log() {
  std::string out = ",timestamp,item_id,position,click,propensity_score,user_feature_0\n";
  for (int r = 0; r < 600; ++r)
    out += fmt::format("{},2019-11-24 00:{:02}:{:02}.5+00:00,{},{},{},0.2,f{}\n", r, r / 60, r % 60,
                       r * 3 % 5, 1 + r % 3, r % 7 == 0 ? 1 : 0, r % 2);
  return out;
}

/// An experiment whose data sets are these sources.
std::string experiment(const std::map<std::string, std::string>& sources, double test,
                       const std::string& variants) {
  std::string datasets;
  for (const auto& [name, source] : sources)
    datasets += fmt::format(
        "  {}:\n    source: {}\n    split: {{method: global_time, rank: 0, validation: 0, test: "
        "{}}}\n",
        name, source, test);
  return "name: open_bandit\ndevice: cpu\ndatasets:\n" + datasets +
         "traffic: {requests: logged, candidates: allowed, exclude_seen: []}\nserve: {size: 3}\n"
         "metrics: {groups: [accuracy], cutoffs: [3], primary: ndcg@3}\nvariants:\n" +
         variants;
}

/// What there was before a log: 34 events, and one with which the test window begins, so that the
/// whole log lies in it.
constexpr double kTestOfBefore = 0.03;
std::string before() {
  std::string out = "user,item,time\n";
  for (int item = 0; item < kItems; ++item)
    out += fmt::format("everybody,{},{}\n", item, 1'572'566'400 + item);
  return out + "everybody,0,1574400000\n";
}

std::string beside_before(const std::string& impressions) {
  return fmt::format(
      "{{path: before.csv, format: csv, columns: {{user: user, item: item, time: time}}, "
      "impressions: {}}}",
      impressions);
}

std::string open_bandit(const std::string& path) {
  return fmt::format("{{path: {}, format: open_bandit}}", path);
}

using Values = std::map<std::string, results::PolicyValueRow>;

Values values(const Workbench& bench, const std::string& variant, const std::string& dataset) {
  const auto database = results::Database::open_readonly(bench.path("results.sqlite"));
  const results::Reader reader(database);
  Values out;
  for (const results::PolicyValueRow& row :
       results::policy_values(reader, reader.runs().back().run_id))
    if (row.variant == variant && row.dataset == dataset) out[row.estimator] = row;
  return out;
}

/// We keep propensities and probabilities as float32.
void expect_near(double found, double expected, const std::string& what) {
  EXPECT_NEAR(found, expected, 2e-6 * std::abs(expected)) << what;
}

TEST(OpenBandit, AUniformPolicyEarnsWhatObpSaysBesideWhatBothLogsEarned) {
  NEEDS_LOGS();
  const Workbench bench;
  const auto started = std::chrono::steady_clock::now();
  bench.write("before.csv", before());
  const execution::RunOutcome outcome = bench.run(experiment(
      {{"random", beside_before(open_bandit(find_data("open-bandit-men/random/men.csv")))},
       {"bts", beside_before(open_bandit(find_data("open-bandit-men/bts/men.csv")))}},
      kTestOfBefore,
      "  uniform: {recall: [{plugin: popularity}], policy: {kind: epsilon_greedy, epsilon: 1}}\n"));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  ASSERT_TRUE(outcome.failed.empty());
  for (const std::string log : {"random", "bts"}) {
    const nlohmann::json expected = oracle("on_policy_" + log).at("expected");
    const results::PolicyValueRow row = values(bench, "uniform", log).at("on_policy");
    EXPECT_EQ(row.rows, expected.at("n"));
    expect_near(row.value.value(), expected.at("on_policy_value"), log);
    EXPECT_LT(row.ci_low.value(), row.value.value());
    EXPECT_GT(row.ci_high.value(), row.value.value());
  }
  const nlohmann::json expected = oracle("uniform_policy_on_bts_log");
  const Values found = values(bench, "uniform", "bts");
  expect_near(found.at("ips").value.value(), expected.at("expected").at("ipw"), "ipw");
  expect_near(found.at("snips").value.value(), expected.at("expected").at("snipw"), "snipw");
  const nlohmann::json& diagnostics = expected.at("diagnostics");
  expect_near(found.at("ips").effective_rows.value(), diagnostics.at("ess"), "ess");
  expect_near(found.at("ips").largest_weight.value(), diagnostics.at("max_weight"), "max_weight");
  expect_near(found.at("ips").mean_weight.value(), diagnostics.at("mean_weight"), "mean_weight");
  EXPECT_LT(seconds, 10 * 3) << "ten seconds on an idle machine; tests run beside each other";
}

/// Lists with the scores of the policy of the oracle for everybody: the items' shares of clicks in
/// the other log.
std::string scored_lists(const std::string& other_log) {
  std::string out = "user,item,score\n";
  const auto items = counts(other_log);
  for (int item = 0; item < kItems; ++item) {
    const auto [shown, clicked] = items[static_cast<size_t>(item)];
    out += fmt::format("everybody,{},{}\n", item,
                       shown == 0 ? 0 : static_cast<double>(clicked) / shown);
  }
  return out;
}

/// The log with a column of one user, for whom there are lists.
std::string with_user(const std::string& path) {
  std::ifstream file(path);
  std::string out, line;
  while (std::getline(file, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    out += line + ",everybody\n";
  }
  return out;
}

TEST(OpenBandit, ASoftmaxOfTheOtherLogsClicksEarnsWhatObpSays) {
  NEEDS_LOGS();
  const Workbench bench;
  bench.write("random.csv", with_user(find_data("open-bandit-men/random/men.csv")));
  bench.write("before.csv", before());
  bench.write("scores.csv", scored_lists(find_data("open-bandit-men/bts/men.csv")));
  const execution::RunOutcome outcome = bench.run(experiment(
      {{"random", beside_before("{path: random.csv, format: csv, columns: {user: everybody, item: "
                                "item_id, time: timestamp, position: position, propensity: "
                                "propensity_score}, labels: {click: {column: click, equals: 1}}}") +
                      "\n    lists: {clicks: scores.csv}"}},
      kTestOfBefore,
      "  bts_like: {recall: [{lists: clicks, k: 34}], policy: {kind: softmax, temperature: "
      "0.01}}\n"));
  ASSERT_TRUE(outcome.failed.empty());
  const nlohmann::json expected = oracle("softmax_policy_on_random_log").at("expected");
  const Values found = values(bench, "bts_like", "random");
  expect_near(found.at("ips").value.value(), expected.at("ipw"), "ipw");
  expect_near(found.at("snips").value.value(), expected.at("snipw"), "snipw");
  expect_near(found.at("on_policy").value.value(), 0.0046, "on_policy");
  EXPECT_FALSE(found.at("ips").ci_low) << "all rows are one user's";
  EXPECT_FALSE(found.at("dm").value) << "no row is left for the model";
}

TEST(OpenBandit, ASmallLogOfItsFormIsToldAsText) {
  const Workbench bench;
  bench.write("small.csv", small_log());
  bench.run(experiment(
      {{"small", "{impressions: " + open_bandit("small.csv") + "}"}}, 0.5,
      "  greedy: {recall: [{plugin: popularity}], policy: {kind: epsilon_greedy, epsilon: 0.5}}\n"
      "  popular: {recall: [{plugin: popularity}]}\n"));
  const auto database = results::Database::open_readonly(bench.path("results.sqlite"));
  report::CompareOptions options;
  options.details = true;
  const std::string text = comparison_text(database, options);
  EXPECT_THAT(text, AllOf(HasSubstr("What it would have earned a logged row, small"),
                          HasSubstr("the log itself"), HasSubstr("effective rows"),
                          HasSubstr("the error of the reward model"), HasSubstr("greedy"),
                          HasSubstr("epsilon-greedy, epsilon 0.5")));
  options.format = report::TextFormat::json;
  const auto json = nlohmann::json::parse(comparison_text(database, options));
  const nlohmann::json& policies = json.at("policy_values");
  ASSERT_GT(policies.size(), 3U);
  EXPECT_EQ(policies.at(0).at("estimator"), "on_policy");
  EXPECT_EQ(policies.at(0).at("policy").at("kind"), "epsilon_greedy");
  EXPECT_EQ(policies.at(0).at("rows"), 300);
}

}  // namespace
}  // namespace assay::testing
