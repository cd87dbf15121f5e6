#include <gmock/gmock.h>

#include <filesystem>

#include "../temp_folder.h"
#include "dataset/imported.h"
#include "dataset/time.h"
#include "execution/earlier_names.h"
#include "execution/plan.h"
#include "execution/run_records.h"

namespace assay::execution {
namespace {

dataset::Dataset log() {
  dataset::Dataset data;
  for (int item = 0; item < 10; ++item) data.items.ids.add(std::to_string(item));
  for (int user = 0; user < 4; ++user) data.users.ids.add(std::to_string(user));
  for (int i = 0; i < 40; ++i) {
    data.events.user.push_back(i % 4);
    data.events.item.push_back((i * 7) % 10);
    data.events.time_us.push_back((1000 + i) * dataset::kMicroseconds);
  }
  return data;
}

task::StageSpec recall(const std::string& plugin, const std::string& lists) {
  task::StageSpec stage;
  stage.plugin = plugin;
  stage.lists = lists;
  stage.k = 5;
  return stage;
}

task::VariantSpec variant(const std::string& name, const task::StageSpec& stage) {
  task::VariantSpec out;
  out.name = name;
  out.chain.recall = {stage};
  return out;
}

/// A plan of two variants, of which one serves the lists "mine".
class ListsOfAPlan : public ::testing::Test {
 protected:
  ListsOfAPlan() {
    experiment_.name = "lists";
    experiment_.metrics.primary = {"ndcg", 10};
    task::DatasetSpec dataset{.name = "shop"};
    dataset.split = {
        .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
    experiment_.datasets = {dataset};
    experiment_.variants = {variant("popular", recall("popularity", "")),
                            variant("theirs", recall("", "mine"))};
    const std::string path = folder_.file("imported.safetensors");
    write_imported(log(), {{"format", "csv"}}, path);
    ref_ = {path, "data", dataset::ImportedData::open(path).info()};
    add_lists("mine", "hash of mine");
  }

  void add_lists(const std::string& name, const std::string& key, float best = 1) {
    dataset::TextColumn ids;
    ids.add("1");
    const std::vector<int64_t> offsets = {0, 1};
    const std::vector<int32_t> item = {0};
    const std::vector<float> score = {best};
    dataset::SafetensorsWriter out;
    out.add_text("query.text", "query.text.offsets", ids.view());
    out.add_text("item.text", "item.text.offsets", ids.view());
    out.add("list.offsets", offsets);
    out.add("list.item", item);
    out.add("list.score", score);
    out.note("info", "{}");
    const std::string path = folder_.file(name + ".safetensors");
    out.write(path);
    lists_[name] = {path, key, nlohmann::json::object()};
  }
  std::vector<dataset::PreparedRef> data() {
    return {prepare(ref_, lists_, experiment_.datasets.front(), experiment_.traffic,
                    experiment_.fit_on, 1, folder_.file("cache"))};
  }
  Plan plan(const std::vector<dataset::PreparedRef>& data) {
    return make_plan(experiment_, data, {folder_.file("artifacts"), "2"});
  }
  Plan plan() { return plan(data()); }

  test::TempFolder folder_;
  task::Experiment experiment_;
  dataset::ImportedRef ref_;
  std::map<std::string, dataset::ImportedRef> lists_;
};

TEST_F(ListsOfAPlan, BelongToTheKeyOfTheSourceThatNamesThem) {
  const Plan before = plan();
  add_lists("mine", "another hash", 2);
  const Plan after = plan();
  EXPECT_EQ(after.trials[0].key, before.trials[0].key) << "it reads no list";
  EXPECT_EQ(after.trials[0].artifacts, before.trials[0].artifacts);
  EXPECT_NE(after.trials[1].key, before.trials[1].key);
  EXPECT_EQ(after.trials[1].spec.at("chain").at(0).at("lists"),
            after.data[0].prepared.lists.at("mine").key);
  EXPECT_EQ(request_set_key(after.data[0], task::Window::test),
            request_set_key(before.data[0], task::Window::test))
      << "both are compared request by request";
}

TEST_F(ListsOfAPlan, OtherBytesWithTheSameListsComputeNothingAgain) {
  const Plan before = plan();
  add_lists("mine", "another hash");
  ref_.key = "other data";
  const Plan after = plan();
  for (size_t trial = 0; trial < 2; ++trial)
    EXPECT_EQ(after.trials[trial].key, before.trials[trial].key);
}

TEST_F(ListsOfAPlan, ListsThatNobodyNamesComputeNothingAgain) {
  const Plan before = plan();
  add_lists("others", "hash of others");
  const Plan after = plan();
  for (size_t trial = 0; trial < 2; ++trial)
    EXPECT_EQ(after.trials[trial].key, before.trials[trial].key);
}

TEST_F(ListsOfAPlan, TheirNameIsNoPartOfAnyKey) {
  const std::string before = plan().trials[1].key;
  lists_["yours"] = lists_.extract("mine").mapped();
  experiment_.variants[1].chain.recall.front().lists = "yours";
  EXPECT_EQ(plan().trials[1].key, before);
}

/// By the name of the version before, or of one before that, which covers lists.
std::vector<dataset::PreparedRef> as_before(std::vector<dataset::PreparedRef> data, bool lists) {
  dataset::PreparedRef& one = data.front();
  one.go_by(lists ? one.earlier.back() : one.earlier.front());
  return data;
}

TEST_F(ListsOfAPlan, ADatabaseKeepsTheNameThatTheVersionBeforeGaveToTheData) {
  const Plan then = plan(as_before(data(), false));
  auto database = results::Database::open_or_create(folder_.file("x.sqlite"), 100);
  record_run(then, database, {});
  std::vector<dataset::PreparedRef> now = data();
  keep_earlier_names(now, database);
  const Plan again = plan(now);
  for (size_t trial = 0; trial < 2; ++trial)
    EXPECT_EQ(again.trials[trial].key, then.trials[trial].key);
  EXPECT_EQ(again.trials[1].spec.at("chain").at(0).at("lists"), "hash of mine");
}

TEST_F(ListsOfAPlan, ADatabaseKeepsTheNameThatAnEarlierVersionGaveToTheData) {
  const std::vector<dataset::PreparedRef> earlier = as_before(data(), true);
  const Plan then = plan(earlier);
  auto database = results::Database::open_or_create(folder_.file("x.sqlite"), 100);
  record_run(then, database, {});

  std::vector<dataset::PreparedRef> now = data();
  keep_earlier_names(now, database);
  EXPECT_EQ(now.front().key, earlier.front().key);
  const Plan again = plan(now);
  for (size_t trial = 0; trial < 2; ++trial)
    EXPECT_EQ(again.trials[trial].key, then.trials[trial].key);
  EXPECT_EQ(again.trials[1].spec.at("chain").at(0).at("lists"), "mine");

  add_lists("others", "hash of others");
  std::vector<dataset::PreparedRef> changed = data();
  const std::string key = changed.front().key;
  keep_earlier_names(changed, database);
  EXPECT_EQ(changed.front().key, key) << "the earlier version would have called it another name";
}

TEST_F(ListsOfAPlan, ADatabaseThatKnowsBothNamesTakesTheNewOneButForTheRunThatDoesNot) {
  for (const bool lists : {true, false}) {
    const std::vector<dataset::PreparedRef> earlier = as_before(data(), lists);
    auto database =
        results::Database::open_or_create(folder_.file(lists ? "x.sqlite" : "y.sqlite"), 100);
    const int64_t first = record_run(plan(earlier), database, {});
    record_run(plan(), database, {});
    std::vector<dataset::PreparedRef> now = data(), of_first = data();
    keep_earlier_names(now, database);
    keep_earlier_names(of_first, database, first);
    EXPECT_EQ(now.front().key, data().front().key);
    EXPECT_EQ(of_first.front().key, earlier.front().key);
  }
}

}  // namespace
}  // namespace assay::execution
