#include "pipeline/stage_features.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "dataset/imported.h"
#include "dataset/prepare.h"
#include "dataset/time.h"
#include "error/error.h"
#include "pipeline/stage_failure.h"
#include "task/feature_spec.h"

namespace assay::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kUsers = 6, kItems = 8, kEvents = 240;
const std::vector<std::string> kStatistics = {"user_events", "user_rate", "user_recency",
                                              "item_events", "item_rate", "item_recency",
                                              "pair_events", "pair_rate", "pair_recency"};

int64_t user_of(int64_t event) { return event % kUsers; }
int64_t item_of(int64_t event) { return event * event % 11 % kItems; }
// Two events a second.
int64_t time_of(int64_t event) { return event / 2 * dataset::kMicroseconds; }

/// Users who rate items in turn, the last three events of each user the test, the three before them
/// the rank window.
class FeaturesOfStages : public testing::Test {
 protected:
  FeaturesOfStages()
      : folder_(fs::temp_directory_path() / ("assay_stage_features_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~FeaturesOfStages() override { fs::remove_all(folder_); }

  DataView view(bool times = true) const {
    dataset::Dataset data;
    for (int64_t item = 0; item < kItems; ++item) data.items.ids.add(std::to_string(item));
    for (int64_t user = 0; user < kUsers; ++user) data.users.ids.add(std::to_string(user));
    for (int64_t event = 0; event < kEvents; ++event) {
      data.events.user.push_back(static_cast<int32_t>(user_of(event)));
      data.events.item.push_back(static_cast<int32_t>(item_of(event)));
      if (times) data.events.time_us.push_back(time_of(event));
    }
    const std::string path = folder_ / "imported.safetensors";
    write_imported(data, {{"format", "csv"}}, path);
    task::DatasetSpec spec{.name = "shop"};
    spec.split = {
        .method = task::SplitMethod::leave_last_out, .rank = 3, .validation = 0, .test = 3};
    task::TrafficSpec traffic;
    traffic.exclude_seen = {};
    const auto prepared = dataset::prepare({path, "data", dataset::ImportedData::open(path).info()},
                                           {}, spec, traffic, {}, 1, folder_ / "cache");
    return {dataset::PreparedData::open(prepared.path), at::kCPU};
  }

  static task::StageSpec stage(const std::vector<std::string>& sources) {
    task::FeatureSetSpec features;
    for (const std::string& source : sources) features.candidate.push_back({.of = {source}});
    task::StageSpec out;
    out.features = std::make_shared<const task::FeatureSetSpec>(features);
    return out;
  }

  // All items for each request, from `first` on.
  static CandidateBatch all_items(int64_t requests, int64_t first = 0) {
    CandidateBatch out{at::full({requests, kItems}, 0, at::kLong),
                       at::full({requests, kItems}, 1.F, at::kFloat)};
    for (int64_t place = 0; place < kItems; ++place)
      out.item.select(1, place).fill_((first + place) % kItems);
    return out;
  }

  static float at(const Feature& feature, int64_t row) {
    return feature.values.const_data_ptr<float>()[row];
  }

  fs::path folder_;
};

TEST_F(FeaturesOfStages, CountNothingThatHappensFromTheMomentOfTheRequestOn) {
  const DataView data = view();
  for (const task::Window window : {task::Window::rank, task::Window::test}) {
    const RequestBatch requests = data.requests(window, 0, kUsers, 1);
    const FeatureTable found =
        with_stage_features(data, stage(kStatistics), requests, all_items(kUsers)).features;
    for (int64_t row = 0; row < kUsers * kItems; ++row) {
      const int64_t request = row / kItems, item = row % kItems;
      const int64_t moment = requests.time_us[request].item<int64_t>();
      float of_item = 0, of_pair = 0;
      for (int64_t event = 0; event < kEvents && time_of(event) < moment; ++event) {
        of_item += item_of(event) == item;
        of_pair += item_of(event) == item && user_of(event) == request;
      }
      EXPECT_EQ(at(found.at("item_events"), row), of_item);
      EXPECT_EQ(at(found.at("pair_events"), row), of_pair);
    }
    // What is asked for is answered from the moment on, so that no label can count.
    const auto& truth = data.truth(window, 0, kUsers);
    EXPECT_GT(truth.values.numel(), 0);
  }
}

TEST_F(FeaturesOfStages, AreTheSameBitsForLabelledCandidatesAndWhileServing) {
  const DataView data = view();
  const task::StageSpec ranker = stage(kStatistics);
  const RequestBatch all = data.requests(task::Window::test, 0, kUsers, 1);
  const FeatureTable labelled = with_stage_features(data, ranker, all, all_items(kUsers)).features;
  for (int64_t request = 0; request < kUsers; ++request) {
    // One at a time, its candidates in another order.
    const RequestBatch one = data.requests(task::Window::test, request, 1, 1);
    const FeatureTable served = with_stage_features(data, ranker, one, all_items(1, 3)).features;
    for (const std::string& name : kStatistics) {
      for (int64_t place = 0; place < kItems; ++place) {
        const float a = at(served.at(name), place);
        const float b = at(labelled.at(name), request * kItems + (3 + place) % kItems);
        EXPECT_EQ(std::memcmp(&a, &b, sizeof a), 0) << name << " " << request << " " << place;
      }
    }
  }
}

TEST_F(FeaturesOfStages, StandBesideThoseOfLoggedRowsUnderOtherNames) {
  const DataView data = view();
  const RequestBatch requests = data.requests(task::Window::test, 0, 1, 1);
  CandidateBatch given = all_items(1);
  given.features = {.rows = kItems,
                    .columns = {{.name = "price", .values = at::full({kItems}, 2.F, at::kFloat)}}};
  const FeatureTable both = with_stage_features(data, stage({"place"}), requests, given).features;
  EXPECT_EQ(both.columns[0].name, "price");
  EXPECT_EQ(both.columns[1].name, "place");
  given.features.columns[0].name = "place";
  try {
    with_stage_features(data, stage({"place"}), requests, given);
    FAIL();
  } catch (const StageFailure& failure) {
    EXPECT_THAT(failure.reason, HasSubstr("rename the column"));
  }
}

TEST_F(FeaturesOfStages, ThatCountEventsAreRefusedWithoutTimes) {
  const DataView data = view(false);
  const RequestBatch requests = data.requests(task::Window::test, 0, kUsers, 1);
  EXPECT_THROW(with_stage_features(data, stage({"item_events"}), requests, all_items(kUsers)),
               error::UserError);
  EXPECT_NO_THROW(with_stage_features(data, stage({"place"}), requests, all_items(kUsers)));
}

TEST_F(FeaturesOfStages, AreNoneForAStageThatDoesNotAsk) {
  const DataView data = view();
  const RequestBatch requests = data.requests(task::Window::test, 0, 1, 1);
  EXPECT_TRUE(with_stage_features(data, {}, requests, all_items(1)).features.columns.empty());
}

}  // namespace
}  // namespace assay::pipeline
