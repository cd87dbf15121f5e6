#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "dataset/imported.h"
#include "dataset/time.h"
#include "execution/plan.h"
#include "execution/run_records.h"
#include "results/reader.h"
#include "task/feedback_spec.h"

namespace assay::execution {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// 40 events of four users, one a second; user 3 comes in the last fifth only.
dataset::Dataset log() {
  dataset::Dataset data;
  for (int item = 0; item < 10; ++item) data.items.ids.add(std::to_string(item));
  for (int user = 0; user < 4; ++user) data.users.ids.add(std::to_string(user));
  for (int i = 0; i < 40; ++i) {
    data.events.user.push_back(i < 32 ? i % 3 : i % 4);
    data.events.item.push_back((i * 7) % 10);
    data.events.time_us.push_back((1000 + i) * dataset::kMicroseconds);
  }
  return data;
}

/// A plan of one variant over three folds.
class Folds : public ::testing::Test {
 protected:
  Folds() {
    folder_ = fs::temp_directory_path() / ("assay_folds_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    experiment_.name = "folds";
    experiment_.metrics.primary = {"ndcg", 10};
    task::DatasetSpec dataset{.name = "shop"};
    dataset.split = {
        .method = task::SplitMethod::walk_forward, .rank = 0, .validation = 0, .test = 0.2};
    experiment_.datasets = {dataset};
    task::StageSpec stage;
    stage.plugin = "popularity";
    stage.k = 5;
    task::VariantSpec variant;
    variant.name = "control";
    variant.chain.recall = {stage};
    experiment_.variants = {variant};
    const std::string path = folder_ / "imported.safetensors";
    write_imported(log(), {{"format", "csv"}}, path);
    ref_ = {path, "data", dataset::ImportedData::open(path).info()};
  }
  ~Folds() override { fs::remove_all(folder_); }

  Plan plan() {
    std::vector<dataset::PreparedRef> prepared;
    for (const task::DatasetSpec& dataset : by_fold(experiment_.datasets)) {
      prepared.push_back(prepare(ref_, {}, dataset, experiment_.traffic, experiment_.fit_on, 1,
                                 folder_ / "cache"));
    }
    return make_plan(experiment_, prepared, {folder_ / "artifacts", "2"});
  }
  std::vector<std::string> rows(const results::Database& database, const std::string& sql) {
    std::vector<std::string> out;
    for (const auto& row : results::Reader(database).query(sql).rows) {
      out.push_back("");
      for (const results::Cell& cell : row) {
        if (!out.back().empty()) out.back() += "|";
        out.back() += std::holds_alternative<std::string>(cell)
                          ? std::get<std::string>(cell)
                          : std::to_string(std::get<int64_t>(cell));
      }
    }
    return out;
  }

  fs::path folder_;
  task::Experiment experiment_;
  dataset::ImportedRef ref_;
};

TEST_F(Folds, EachHasATrialAndAFitOfItsOwn) {
  const Plan plan = this->plan();
  ASSERT_EQ(plan.trials.size(), 3u);
  std::set<std::string> keys;
  for (const PlannedTrial& trial : plan.trials) keys.insert(trial.key);
  EXPECT_EQ(keys.size(), 3u);
  EXPECT_EQ(plan.fits.size(), 3u) << "everything is fitted anew";
  EXPECT_EQ(plan.trials[0].label(), "control on shop, fold 1");
  EXPECT_EQ(plan.trials[2].fold, "3");
}

TEST_F(Folds, AStageThatIsNotRefittedIsUpdatedOnceForEachEarlierFold) {
  const Plan refitted = plan();
  experiment_.variants.front().chain.recall.front().refit = false;
  const Plan updated = plan();
  EXPECT_EQ(updated.trials[0].key, refitted.trials[0].key) << "in the first fold both are a fit";
  for (int64_t fold = 0; fold < 3; ++fold) {
    const PlannedTrial& trial = updated.trials[fold];
    EXPECT_EQ(updated.fits.at(trial.artifacts.at(0)).task.target.updates, fold);
    EXPECT_EQ(trial.spec.at("chain").at(0).at("stage").value("updates", 0), fold);
    EXPECT_EQ(trial.key == refitted.trials[fold].key, fold == 0);
  }
}

TEST_F(Folds, WhatAStageSeesIsInItsKeyAloneAndChangesNoRequest) {
  const Plan before = plan();
  task::VariantSpec buys = experiment_.variants.front();
  buys.name = "buys";
  buys.chain.recall.front().sees.features["item"] = {};
  experiment_.variants.push_back(buys);
  const Plan both = plan();
  ASSERT_EQ(both.trials.size(), 6u);
  for (size_t fold = 0; fold < 3; ++fold) {
    const PlannedTrial &control = both.trials[2 * fold], &other = both.trials[2 * fold + 1];
    EXPECT_EQ(control.key, before.trials[fold].key) << "nothing of it is computed again";
    EXPECT_EQ(control.artifacts, before.trials[fold].artifacts);
    EXPECT_NE(other.key, control.key);
    EXPECT_EQ(other.data, control.data) << "the same requests";
    EXPECT_TRUE(other.spec.at("chain").at(0).at("stage").contains("features"));
    EXPECT_FALSE(control.spec.at("chain").at(0).at("stage").contains("features"));
  }
}

TEST_F(Folds, WhoLearnsFromAChangedLogHasFitsOfItsOwnAndAnswersTheSameRequests) {
  const Plan before = plan();
  task::PerturbSpec dropped;
  dropped.dropped = 0.2;
  task::VariantSpec other = experiment_.variants.front();
  other.name = "other";
  other.perturb = std::make_shared<task::PerturbSpec>(dropped);
  dropped.seed = 2;
  task::VariantSpec third = other;
  third.name = "third";
  third.perturb = std::make_shared<task::PerturbSpec>(dropped);
  experiment_.variants.insert(experiment_.variants.end(), {other, third});
  const Plan all = plan();
  ASSERT_EQ(all.trials.size(), 9u);
  for (size_t fold = 0; fold < 3; ++fold) {
    const PlannedTrial *control = &all.trials[3 * fold], *changed = control + 1,
                       *last = control + 2;
    EXPECT_EQ(control->key, before.trials[fold].key) << "nothing of it is computed again";
    EXPECT_EQ(control->artifacts, before.trials[fold].artifacts);
    const std::set<std::string> trials = {control->key, changed->key, last->key};
    EXPECT_EQ(trials.size(), 3u) << "two perturbations are two logs";
    EXPECT_EQ(changed->data, control->data) << "the same requests";
    EXPECT_EQ(changed->spec.at("data"), control->spec.at("data"));
    const std::string& prepared = all.data[control->data].prepared.path;
    EXPECT_EQ(all.fits.at(control->artifacts.at(0)).data_path, prepared);
    EXPECT_NE(all.fits.at(changed->artifacts.at(0)).data_path, prepared);
  }
}

TEST_F(Folds, AreOneDataSetInTheDatabase) {
  auto database = results::Database::open_or_create(folder_ / "x.sqlite", 100);
  record_run(plan(), database, {});
  EXPECT_THAT(rows(database, "SELECT dataset, fold, events, users FROM data_source ORDER BY fold"),
              ElementsAre("shop|1|24|3", "shop|2|32|3", "shop|3|40|4"));
  EXPECT_THAT(rows(database, "SELECT fold FROM run_trial ORDER BY fold"),
              ElementsAre("1", "2", "3"));
  EXPECT_THAT(rows(database, "SELECT fold, requests FROM request_set ORDER BY fold"),
              ElementsAre("1|3", "2|3", "3|4"));
  EXPECT_THAT(
      rows(database, "SELECT fold, step, reason, users, events FROM data_removed ORDER BY fold"),
      ElementsAre("1|split|after fold 1 of 3|1|16", "2|split|after fold 2 of 3|1|8"));
  EXPECT_THAT(rows(database,
                   "SELECT fold, result FROM audit WHERE check_name = 'cold_users' ORDER BY fold"),
              ElementsAre("1|none", "2|none", "3|found"))
      << "user 3 is new to the last fold";
  EXPECT_THAT(
      rows(database, "SELECT detail FROM audit WHERE check_name = 'cold_users' AND fold = '3'"),
      ElementsAre(HasSubstr("1 of 4 (25.0 %) test requests")));
  EXPECT_THAT(rows(database, "SELECT count(*) FROM test_look"), ElementsAre("3"));
  EXPECT_THAT(rows(database, "SELECT description ->> 'events' FROM data_description"),
              ElementsAre("40"));
}

}  // namespace
}  // namespace assay::execution
