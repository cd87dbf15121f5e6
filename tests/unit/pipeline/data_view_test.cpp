#include "pipeline/data_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "dataset/imported.h"
#include "dataset/prepare.h"
#include "dataset/time.h"

namespace assay::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

template <typename T>
std::vector<T> values(const at::Tensor& tensor) {
  const T* const first = tensor.const_data_ptr<T>();
  return {first, first + tensor.size(0)};
}

std::vector<std::string> names(const FeatureTable& table) {
  std::vector<std::string> out;
  for (const Feature& column : table.columns) out.push_back(column.name);
  return out;
}

dataset::FeatureColumn number(const std::string& name, int64_t rows) {
  dataset::FeatureColumn out;
  out.name = name;
  out.type = "number";
  out.number.assign(rows, 1);
  return out;
}

/// Two users with ten events each, the last of each the test: view, cart, buy, view, cart, ...; one
/// event in half a second, items 0 to 4 again and again.
class DataViews : public testing::Test {
 protected:
  DataViews() : folder_(fs::temp_directory_path() / ("assay_views_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    dataset::Dataset data;
    for (int item = 0; item < 5; ++item) data.items.ids.add(std::to_string(item));
    for (int user = 0; user < 2; ++user) data.users.ids.add(std::to_string(user));
    for (const char* type : {"view", "cart", "buy"}) data.events.types.add(type);
    for (int i = 0; i < 20; ++i) {
      data.events.user.push_back(i / 10);
      data.events.item.push_back(i % 5);
      data.events.type.push_back(i % 3);
      data.events.time_us.push_back(i * dataset::kMicroseconds / 2);
    }
    data.items.features = {number("year", 5), number("price", 5)};
    data.users.features = {number("age", 2)};
    const std::string path = folder_ / "imported.safetensors";
    write_imported(data, {{"format", "csv"}}, path);
    prepared_ = prepare({});
  }
  dataset::PreparedRef prepare(const std::vector<task::TargetSpec>& targets) const {
    const std::string path = folder_ / "imported.safetensors";
    task::DatasetSpec spec{.name = "shop", .columns = {{"event", "kind"}}};
    spec.targets = targets;
    spec.split = {
        .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 4};
    if (targets.empty()) spec.split.test = 1;
    return dataset::prepare({path, "data", dataset::ImportedData::open(path).info()}, {}, spec, {},
                            {}, 1, folder_ / "cache");
  }
  ~DataViews() override { fs::remove_all(folder_); }

  DataView view() const { return {dataset::PreparedData::open(prepared_.path), at::kCPU}; }
  static TrainingView training(const DataView& data, const task::DataScope& sees) {
    return data.training({task::Window::train}, {}, 1, sees);
  }

  fs::path folder_;
  dataset::PreparedRef prepared_;
};

TEST_F(DataViews, TimesOfEventsAndHistoriesLieInTheFile) {
  const DataView data = view();
  const auto in_file = [&](const at::Tensor& tensor, const std::string& name) {
    const auto bytes = data.prepared().tensor(name).bytes;
    const auto* const at = reinterpret_cast<const std::byte*>(tensor.const_data_ptr());
    return at >= bytes.data() && at + tensor.nbytes() <= bytes.data() + bytes.size();
  };
  // The training window is no run of events here, so that it is copied; histories are not.
  const RequestBatch requests = data.requests(task::Window::test, 0, 2);
  const std::string prefix = "requests.test.history.";
  EXPECT_TRUE(in_file(*requests.history.time_us, prefix + "time_us"));
  EXPECT_TRUE(in_file(*requests.history.event_type, prefix + "type"));
  EXPECT_TRUE(in_file(requests.history.values, prefix + "values"));
  EXPECT_EQ(values<int64_t>(*requests.history.time_us)[1], 500'000);
  EXPECT_EQ(values<int64_t>(requests.time_us)[1], 9'500'000);
  EXPECT_FALSE(requests.history.distinct);
  EXPECT_FALSE(requests.history.weight);
}

TEST_F(DataViews, ARunOfEventsIsNotCopied) {
  const DataView data = view();
  const TrainingView all =
      data.training({task::Window::train, task::Window::test}, DataView::UserShare());
  EXPECT_EQ(all.time_us.const_data_ptr(), data.prepared().tensor("event.time_us").bytes.data());
}

TEST_F(DataViews, EventsHaveTypesAndPairsCounts) {
  const TrainingView all = training(view(), {});
  EXPECT_THAT(all.event_types, ElementsAre("buy", "cart", "view"));
  EXPECT_THAT(values<int32_t>(*all.event_type).front(), 2);
  EXPECT_FALSE(all.weight);
  EXPECT_THAT(values<int32_t>(*all.by_user.count), ElementsAre(2, 2, 2, 2, 1, 2, 2, 2, 2, 1));
}

TEST_F(DataViews, AStageLearnsFromTheTypesThatItNamesWithTheirWeights) {
  const task::DataScope sees{.learn_from = {{"view", 0, ""}, {"buy", 3, ""}}};
  const TrainingView buys = training(view(), sees);
  EXPECT_THAT(values<int64_t>(buys.time_us),
              ElementsAre(1'000'000, 2'500'000, 4'000'000, 5'500'000, 7'000'000, 8'500'000));
  EXPECT_THAT(values<float>(*buys.weight), testing::Each(3));
  EXPECT_THAT(values<float>(*buys.by_user.weight), testing::Each(3));
  EXPECT_THAT(buys.event_types, ElementsAre("buy", "cart", "view")) << "ids stay what they are";
  EXPECT_FALSE(training(view(), {.learn_from = {{"buy", 1, ""}}}).weight) << "1 everywhere";
}

TEST_F(DataViews, HistoriesKeepAllPositivesAndWeighThem) {
  const DataView data = view();
  const task::DataScope sees{.learn_from = {{"view", 0.25, ""}, {"buy", 3, ""}}};
  const RequestBatch all = data.requests(task::Window::test, 0, 2);
  const RequestBatch seen = data.seen_by(sees, task::Window::test, all);
  EXPECT_EQ(seen.history.values.size(0), all.history.values.size(0));
  EXPECT_THAT(values<float>(seen.history.weight->narrow(0, 0, 4)), ElementsAre(0.25f, 0, 3, 0.25f));
}

TEST_F(DataViews, WhereTheTargetIsATypeAStageLearnsFromTheOthersThatItNames) {
  const dataset::PreparedRef bought =
      prepare({{.name = "bought", .column = "kind", .equals_text = "buy"}});
  EXPECT_NE(bought.key, prepared_.key);
  const DataView data{dataset::PreparedData::open(bought.path), at::kCPU};
  const TrainingView plain = training(data, {});
  EXPECT_EQ(plain.by_user.values.size(0), 4) << "what was bought alone";

  const task::DataScope sees{.learn_from = {{"view", 0.25, ""}, {"buy", 3, ""}}};
  const TrainingView chosen = training(data, sees);
  EXPECT_EQ(chosen.positive.sum().item<int64_t>(), chosen.size());
  EXPECT_GT(chosen.by_user.values.size(0), 4);
  EXPECT_THAT(values<float>(*chosen.by_user.weight),
              testing::AllOf(testing::Contains(0.25f), testing::Contains(3.f)));

  const RequestBatch all = data.requests(task::Window::test, 0, 2);
  EXPECT_THAT(values<int32_t>(*all.history.event_type), testing::Each(0)) << "buy";
  EXPECT_EQ(data.seen_by({}, task::Window::test, all).history.values.size(0),
            all.history.values.size(0));
  const RequestBatch seen = data.seen_by(sees, task::Window::test, all);
  EXPECT_EQ(seen.history.values.size(0), 12) << "six of each user, of all types";
  EXPECT_EQ(seen.history.offsets.size(0), all.history.offsets.size(0)) << "padding has none";
  EXPECT_THAT(values<int32_t>(seen.history.event_type->narrow(0, 0, 4)), ElementsAre(2, 1, 0, 2));
  EXPECT_THAT(values<float>(seen.history.weight->narrow(0, 0, 4)), ElementsAre(0.25f, 0, 3, 0.25f));
  EXPECT_THAT(values<int64_t>(seen.history.time_us->narrow(0, 0, 2)), ElementsAre(0, 500'000));
}

TEST_F(DataViews, AStageSeesTheFeaturesThatItNames) {
  const DataView data = view();
  EXPECT_THAT(names(data.features().item), ElementsAre("year", "price"));
  const task::DataScope sees{.features = {{"item", {{"price", ""}}}}};
  EXPECT_THAT(names(data.features(sees, at::kCPU).item), ElementsAre("price"));
  EXPECT_THAT(names(data.features(sees, at::kCPU).user), ElementsAre("age")) << "not named: all";
  EXPECT_EQ(&data.features(sees, at::kCPU), &data.features(sees, at::kCPU));
  EXPECT_EQ(training(data, sees).features, &data.features(sees, at::kCPU));
  EXPECT_THAT(names(data.features({.features = {{"user", {}}}}, at::kCPU).user), IsEmpty());
}

}  // namespace
}  // namespace assay::pipeline
