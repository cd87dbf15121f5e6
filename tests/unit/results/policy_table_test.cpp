#include "results/policy_table.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "results/world_table.h"
#include "sample_run.h"
#include "task/policy_work.h"

namespace assay::results {
namespace {

using sample::lines;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kPolicy = R"({"kind":"softmax","temperature":0.5})";

/// Two rows of a request each, from `first` on.
PolicyInput rows(int32_t first) {
  return {.policy = kPolicy,
          .requests = {first, first + 1},
          .propensity = {0.5F, 0.25F},
          .reward = {0, 1},
          .probability = {0.125F, 1},
          .predicted = {0.1F, 0.2F},
          .expected = {0.3F, 0.4F},
          .unsupported = {0, 0.5F},
          .unlabelled = 3,
          .unserved = 1,
          .true_sum = 0.25};
}

struct PolicyTableTest : ::testing::Test {
  PolicyTableTest() : database(Database::open_or_create(folder / "x.sqlite")) {
    run = sample::begin_sample(database);
  }

  void merge(const std::string& name, int shard, int32_t first, int64_t requests) {
    PartWriter part(folder / name, {name, "policy"});
    const auto begun = part.begin_shard({.trial_key = "c",
                                         .work = std::string(task::kPolicyWork) + kPolicy,
                                         .shard = shard,
                                         .shards = 2,
                                         .first_request = first,
                                         .requests = requests});
    part.policy_input(begun, rows(first));
    part.end_shard(begun, 0.5);
    part.finish();
    database.merge(folder / name, run, sample::coverage);
  }

  sample::Folder folder;
  Database database;
  int64_t run = 0;
};

TEST_F(PolicyTableTest, InputIsThereOnceAllShardsAre) {
  const Reader reader(database);
  const std::string part = sample::part_of(folder, "p", "c", {0}, 1);
  database.merge(part, run, sample::coverage);
  merge("second", 1, 2, 2);
  EXPECT_THAT(policy_input(reader, "c", kPolicy), IsEmpty());
  merge("first", 0, 0, 2);
  const std::vector<PolicyInput> input = policy_input(reader, "c", kPolicy);
  ASSERT_EQ(input.size(), 2U);
  EXPECT_THAT(input[0].requests, ElementsAre(0, 1)) << "in the order of the requests";
  EXPECT_THAT(input[1].requests, ElementsAre(2, 3));
  EXPECT_THAT(input[1].propensity, ElementsAre(0.5F, 0.25F));
  EXPECT_THAT(input[1].reward, ElementsAre(0, 1));
  EXPECT_THAT(input[1].probability, ElementsAre(0.125F, 1));
  EXPECT_THAT(input[1].predicted, ElementsAre(0.1F, 0.2F));
  EXPECT_THAT(input[1].expected, ElementsAre(0.3F, 0.4F));
  EXPECT_THAT(input[1].unsupported, ElementsAre(0, 0.5F));
  EXPECT_EQ(input[1].unlabelled, 3);
  EXPECT_EQ(input[1].unserved, 1);
  EXPECT_THAT(policy_input(reader, "c", R"({"kind":"stages"})"), IsEmpty());
  EXPECT_EQ(policy_truth(reader, "c", kPolicy).value().sum, 0.5);
  EXPECT_EQ(policy_truth(reader, "c", kPolicy).value().rows, 4);
  EXPECT_THAT(lines(database, "SELECT status FROM trial WHERE trial_key = 'c'"),
              ElementsAre("done"));
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(PolicyTableTest, ValuesComeBackAsTheyWereWritten) {
  write_policy(database, {run, "control", kPolicy});
  ASSERT_EQ(variant_policies(Reader(database), run).size(), 1U);
  EXPECT_EQ(variant_policies(Reader(database), run)[0].policy, kPolicy);
  PolicyValueRow ips{.run_id = run,
                     .variant = "control",
                     .dataset = "ml100k",
                     .estimator = "ips",
                     .position = 1,
                     .value = 0.5,
                     .standard_error = 0.1,
                     .ci_low = 0.3,
                     .ci_high = 0.7,
                     .interval = "normal",
                     .parameters = R"({"lambda":2.0})",
                     .rows = 100,
                     .effective_rows = 40,
                     .largest_weight = 9,
                     .mean_weight = 1.1,
                     .outside_support = 0.25,
                     .note = "of this sample"};
  write_policy_value(database, ips);
  ips.value = 0.75;
  write_policy_value(database, ips);
  write_policy_value(database, {.run_id = run,
                                .variant = "control",
                                .dataset = "ml100k",
                                .estimator = "dm",
                                .rows = 100,
                                .reason = "no reward model"});
  const std::vector<PolicyValueRow> all = policy_values(Reader(database), run);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].estimator, "dm");
  EXPECT_EQ(all[0].value, std::nullopt);
  EXPECT_EQ(all[0].reason, "no reward model");
  EXPECT_EQ(all[1].value, 0.75) << "a row of the same key is replaced";
  EXPECT_EQ(all[1].parameters, R"({"lambda":2.0})");
  EXPECT_EQ(all[1].effective_rows, 40);
  EXPECT_EQ(all[1].outside_support, 0.25);
  EXPECT_EQ(all[1].note, "of this sample");
  EXPECT_EQ(all[0].note, "");
  EXPECT_THAT(lines(database,
                    "SELECT variant, policy, estimator, value, reason FROM policy_values "
                    "ORDER BY estimator"),
              ElementsAre("control|" + kPolicy + "|dm|NULL|no reward model",
                          "control|" + kPolicy + "|ips|0.75|NULL"));
}

TEST_F(PolicyTableTest, AFileFromBeforeTheTruthOfPoliciesGetsAnEmptyTableOfIt) {
  const auto step = std::ranges::find_if(
      migrations(), [](const Migration& one) { return one.what == "adds policy_truth and world"; });
  ASSERT_NE(step, migrations().end());
  const std::string path = folder / "old.sqlite";
  {
    auto old =
        Database::open_or_create(path, 100, std::vector<Migration>(migrations().begin(), step));
    sample::begin_sample(old);
    old.close();
  }
  const auto newer = Database::open_or_create(path, 100);
  EXPECT_EQ(policy_truth(Reader(newer), "c", kPolicy), std::nullopt);
  write_world(newer, 1, "simulated", "{}");
  EXPECT_EQ(worlds(Reader(newer), 1).at("simulated"), "{}");
  EXPECT_EQ(Reader(newer).variants(1).size(), 2U) << "what was there stays";
  EXPECT_THAT(newer.check(), IsEmpty());
}

TEST_F(PolicyTableTest, AFileFromBeforePoliciesGetsEmptyTablesOfThem) {
  const auto named = [](const Migration& step) {
    return step.what == "adds variant_policy, policy_input and policy_value";
  };
  const auto step = std::ranges::find_if(migrations(), named);
  ASSERT_NE(step, migrations().end());
  const std::vector<Migration> before(migrations().begin(), step);
  const std::string path = folder / "old.sqlite";
  {
    auto old = Database::open_or_create(path, 100, before);
    sample::begin_sample(old);
    old.close();
  }
  const auto newer = Database::open_or_create(path, 100);
  EXPECT_THAT(lines(newer, "SELECT * FROM policy_values"), IsEmpty());
  EXPECT_THAT(variant_policies(Reader(newer), 1), IsEmpty());
  EXPECT_EQ(Reader(newer).variants(1).size(), 2U) << "what was there stays";
  EXPECT_THAT(newer.check(), IsEmpty());
}

TEST_F(PolicyTableTest, WeightsOfEmbeddingsAreThereWhereTheyWereAskedFor) {
  PolicyInput input = rows(0);
  input.marginal = {0.5F, 2};
  PartWriter part(folder / "whole", {"whole", "policy"});
  const auto begun = part.begin_shard({.trial_key = "c",
                                       .work = std::string(task::kPolicyWork) + kPolicy,
                                       .shard = 0,
                                       .shards = 1,
                                       .first_request = 0,
                                       .requests = 2});
  part.policy_input(begun, input);
  part.end_shard(begun, 0.5);
  part.finish();
  database.merge(folder / "whole", run, sample::coverage);
  const Reader reader(database);
  const std::vector<int64_t> shards = policy_shards(reader, "c", kPolicy);
  ASSERT_EQ(shards.size(), 1U);
  EXPECT_THAT(policy_input(reader, "c", kPolicy, shards[0]).marginal, ElementsAre(0.5F, 2));
}

TEST_F(PolicyTableTest, ColumnsOfModelsOfThePolicyAreThereWhereTheyWereAskedFor) {
  PolicyInput input = rows(0);
  input.balanced = {0.25F, 3};
  input.mrdr_predicted = {0.5F, 0.75F};
  input.mrdr_expected = {1, 0};
  PartWriter part(folder / "whole", {"whole", "policy"});
  const auto begun = part.begin_shard({.trial_key = "c",
                                       .work = std::string(task::kPolicyWork) + kPolicy,
                                       .shard = 0,
                                       .shards = 1,
                                       .first_request = 0,
                                       .requests = 2});
  part.policy_input(begun, input);
  part.end_shard(begun, 0.5);
  part.finish();
  database.merge(folder / "whole", run, sample::coverage);
  const std::vector<PolicyInput> all = policy_input(Reader(database), "c", kPolicy);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0].balanced, ElementsAre(0.25F, 3));
  EXPECT_THAT(all[0].mrdr_predicted, ElementsAre(0.5F, 0.75F));
  EXPECT_THAT(all[0].mrdr_expected, ElementsAre(1, 0));
  EXPECT_THAT(all[0].marginal, IsEmpty());
}

TEST_F(PolicyTableTest, AFileFromBeforeModelsOfPoliciesHasNoColumnsOfThem) {
  const auto named = [](const Migration& step) {
    return step.what == "adds columns of models that depend on the policy";
  };
  const auto step = std::ranges::find_if(migrations(), named);
  ASSERT_NE(step, migrations().end());
  const std::vector<Migration> before(migrations().begin(), step);
  const std::string path = folder / "old.sqlite";
  {
    auto old = Database::open_or_create(path, 100, before);
    sample::begin_sample(old);
    old.close();
  }
  const auto newer = Database::open_or_create(path, 100);
  EXPECT_EQ(lines(newer,
                  "SELECT count(balanced) + count(mrdr_predicted) + count(mrdr_expected) "
                  "FROM policy_input"),
            std::vector<std::string>{"0"});
  EXPECT_EQ(Reader(newer).variants(1).size(), 2U) << "what was there stays";
  EXPECT_THAT(newer.check(), IsEmpty());
}

TEST_F(PolicyTableTest, AFileFromBeforeOverlapsKeepsItsValues) {
  const auto named = [](const Migration& step) {
    return step.what == "adds weights of embeddings, and how policies lie over a log";
  };
  const auto step = std::ranges::find_if(migrations(), named);
  ASSERT_NE(step, migrations().end());
  const std::vector<Migration> before(migrations().begin(), step);
  const std::string path = folder / "old.sqlite";
  {
    auto old = Database::open_or_create(path, 100, before);
    sample::begin_sample(old);
    old.close();
  }
  SQLite::Database(path, SQLite::OPEN_READWRITE)
      .exec(
          "INSERT INTO policy_value (variant_id, dataset, fold, estimator, position, value, count)"
          " SELECT min(variant_id), 'ml100k', 'all', 'ips', 1, 0.5, 100 FROM variant");
  const auto newer = Database::open_or_create(path, 100);
  const std::vector<PolicyValueRow> all = policy_values(Reader(newer), 1);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].value, 0.5);
  EXPECT_EQ(all[0].overlap, "");
  EXPECT_THAT(newer.check(), IsEmpty());
}

}  // namespace
}  // namespace assay::results
