// Splits of real data against facts that independent tools established (tests/golden/oracles).

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data_files.h"
#include "dataset/prepare.h"
#include "ingest/catalogue.h"

namespace assay::ingest {
namespace {

using task::SplitMethod;

using nlohmann::json;
using test::TestFolder;

json oracle(const std::string& name) {
  std::ifstream file(ASSAY_SOURCE_DIR "/tests/golden/oracles/" + name);
  return json::parse(file);
}

DataPlaces real_places(const TestFolder& folder) {
  return DataPlaces::from_environment(folder.path("cache"));
}

task::DatasetSpec movielens(SplitMethod method) {
  task::DatasetSpec dataset;
  dataset.name = "ml100k";
  dataset.source = "movielens-100k";
  dataset.split = {.method = method, .rank = 0, .validation = 0, .test = 1};
  return dataset;
}

dataset::PreparedRef load(const TestFolder& folder, const task::DatasetSpec& dataset) {
  return load_dataset(dataset, {}, {}, 1, real_places(folder));
}

struct Facts {
  int64_t train_rows, test_rows, test_kept, test_users, train_users, train_items;
  auto operator<=>(const Facts&) const = default;
};

Facts facts(const json& info) {
  const json& train = info.at("windows").at("train");
  const json& test = info.at("windows").at("test");
  return {train.at("events"),  test.at("events"), test.at("truth"),
          test.at("requests"), train.at("users"), train.at("items")};
}

Facts expected(const std::string& protocol) {
  const json split = oracle("models_ml100k.json").at("split_facts").at(protocol);
  return {split.at("train_rows"), split.at("test_rows"),   split.at("test_rows_kept"),
          split.at("test_users"), split.at("train_users"), split.at("train_items")};
}

TEST(OracleSplits, LeaveLastOutOfMovieLensIsProtocolA) {
  const TestFolder folder;
  ASSAY_NEEDS_CATALOGUE("movielens-100k", real_places(folder));
  const dataset::PreparedRef data = load(folder, movielens(SplitMethod::leave_last_out));
  EXPECT_EQ(facts(data.info), expected("A"));
  EXPECT_EQ(data.info.at("items"), 1682);
  EXPECT_EQ(data.info.at("licence"), "research use");
}

TEST(OracleSplits, GlobalTimeByRowOfMovieLensIsProtocolB) {
  const TestFolder folder;
  ASSAY_NEEDS_CATALOGUE("movielens-100k", real_places(folder));
  task::DatasetSpec dataset = movielens(SplitMethod::global_time);
  dataset.split.test = 0.2;
  dataset.split.boundary = task::SplitBoundary::row;
  dataset.evaluate_on = {task::Population::warm, task::Population::warm};
  const dataset::PreparedRef data = load(folder, dataset);
  EXPECT_EQ(facts(data.info), expected("B"));
  const json split = oracle("models_ml100k.json").at("split_facts").at("B");
  EXPECT_EQ(data.info.at("windows").at("train").at("last_time_s"),
            split.at("last_train_timestamp"));
  EXPECT_EQ(data.info.at("windows").at("test").at("first_time_s"),
            split.at("first_test_timestamp"));
  const json removed = data.info.at("removed").at(0);
  EXPECT_EQ(removed.at("step"), "evaluate_on.test");
  EXPECT_EQ(removed.at("events"), 20000 - 2863);
}

TEST(OracleSplits, RowHashOfMovieLensIsProtocolC) {
  const TestFolder folder;
  ASSAY_NEEDS_CATALOGUE("movielens-100k", real_places(folder));
  const dataset::PreparedRef data = load(folder, movielens(SplitMethod::row_hash));
  EXPECT_EQ(facts(data.info), expected("C"));
}

TEST(OracleSplits, MovieLensBringsItsFeatures) {
  const TestFolder folder;
  ASSAY_NEEDS_CATALOGUE("movielens-100k", real_places(folder));
  const dataset::PreparedData data =
      dataset::PreparedData::open(load(folder, movielens(SplitMethod::leave_last_out)).path);
  EXPECT_EQ(data.item_id(0), "1");
  EXPECT_EQ(data.user_id(942), "943");
  const json& item = data.info().at("features").at("item");
  ASSERT_EQ(item.size(), 3);
  EXPECT_EQ(item[2].at("name"), "class");
  EXPECT_EQ(item[2].at("type"), "set");
  // Toy Story: Animation, Children's, Comedy; labels stand bytewise.
  const auto offsets = data.array<int64_t>("item.feature.class.set.offsets");
  EXPECT_EQ(offsets[1] - offsets[0], 3);
}

TEST(OracleSplits, GivenFilesOfGowallaHaveTheCountsOfTheOracle) {
  const TestFolder folder;
  ASSAY_NEEDS_CATALOGUE("gowalla", real_places(folder));
  task::DatasetSpec dataset;
  dataset.name = "gowalla";
  dataset.source = "gowalla";
  dataset.split = {.method = SplitMethod::given, .rank = 0, .validation = 0};
  const dataset::PreparedRef data = load(folder, dataset);
  EXPECT_EQ(data.info.at("users"), 29858);
  EXPECT_EQ(data.info.at("items"), 40981);
  EXPECT_EQ(data.info.at("windows").at("train").at("events"), 810128);
  EXPECT_EQ(data.info.at("windows").at("test").at("events"), 217242);
  EXPECT_EQ(data.info.at("windows").at("test").at("requests"), 29858);
  for (const json& row : data.info.at("audit")) {
    EXPECT_NE(row.at("result"), "found") << row;
  }
}

TEST(OracleSplits, ASecondLoadTakesBothFilesFromTheCache) {
  const TestFolder folder;
  ASSAY_NEEDS_CATALOGUE("movielens-100k", real_places(folder));
  const dataset::PreparedRef first = load(folder, movielens(SplitMethod::leave_last_out));
  const auto written = std::filesystem::last_write_time(first.path);
  const dataset::PreparedRef second = load(folder, movielens(SplitMethod::leave_last_out));
  EXPECT_EQ(second.path, first.path);
  EXPECT_EQ(second.info, first.info);
  EXPECT_EQ(std::filesystem::last_write_time(second.path), written);
}

}  // namespace
}  // namespace assay::ingest
