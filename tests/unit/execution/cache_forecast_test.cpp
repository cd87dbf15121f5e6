#include "execution/cache_forecast.h"

#include <gmock/gmock.h>

#include "../temp_folder.h"

namespace assay::execution {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CacheForecastTest : public ::testing::Test {
 protected:
  void add(const std::string& key, const std::string& plugin, int64_t bytes = -1) {
    PlannedFit fit;
    fit.key = key;
    fit.task.target.stage.plugin = plugin;
    fit.task.target.artifact = {key, folder_.file(key)};
    if (bytes >= 0) folder_.write(key, std::string(static_cast<size_t>(bytes), 'x'));
    plan_.fits[key] = fit;
    wanted_.insert(key);
  }
  void fitted_before(const std::string& plugin, std::optional<int64_t> bytes) {
    earlier_.push_back({.plugin = plugin, .bytes = bytes});
  }
  CacheForecast forecast(const std::set<std::string>& data = {}) {
    return cache_forecast(plan_, wanted_, data, memory_, earlier_);
  }

  test::TempFolder folder_;
  Plan plan_;
  std::set<std::string> wanted_;
  std::map<std::string, FitMemory> memory_;
  std::vector<results::ArtifactRow> earlier_;
};

TEST_F(CacheForecastTest, WhatIsThereIsExact) {
  add("a", "als", 1000);
  const std::string data = folder_.write("data", std::string(24, 'x'));
  const CacheForecast out = forecast({data, folder_.file("not there")});
  EXPECT_THAT(cache_lines(out), ElementsAre("1 KiB there: 1 file of data 24 bytes, 1 model 1000 "
                                            "bytes",
                                            "nothing to add"));
}

TEST_F(CacheForecastTest, WhatIsToBeMadeIsAsLargeAsTheLargestEarlierFitElseAsDeclared) {
  add("a", "als");
  add("b", "als");
  add("c", "ease");
  add("d", "item_knn");
  fitted_before("als", 100);
  fitted_before("als", 300);
  fitted_before("als", 200);
  fitted_before("item_knn", std::nullopt);
  memory_["a"] = {MemorySource::declared, 9, 9};
  memory_["c"] = {MemorySource::declared, 5000, 400};
  memory_["d"] = {MemorySource::measured, 700, 70};
  const CacheForecast out = forecast();
  EXPECT_EQ(out.bytes, 2 * 300 + 400);
  EXPECT_THAT(
      cache_lines(out),
      ElementsAre(
          "0 bytes there: 0 files of data 0 bytes, 0 models 0 bytes",
          "about 1000 bytes to add: 3 models (2 by the largest earlier fit of the "
          "strategy, 1 by the memory that the plugin declares)",
          "to add, of unknown size: 1 model (item_knn), not fitted in this database before"));
  EXPECT_EQ(to_json(out).at("to_add").at("unknown"), nlohmann::json::array({"item_knn"}));
}

TEST_F(CacheForecastTest, LogsOfVariantsThatLearnFromAChangedOneAreDataToo) {
  plan_.data.resize(1);
  plan_.data[0].prepared.path = folder_.write("data", "x");
  const std::string log = folder_.write("log", std::string(12, 'x'));
  for (const char* key : {"a", "b", "c"}) add(key, "als");
  for (const char* key : {"a", "b"}) plan_.fits[key].data_path = log;
  plan_.fits["c"].data_path = plan_.data[0].prepared.path;
  EXPECT_THAT(learning_logs(plan_), ElementsAre(log));
  EXPECT_EQ(forecast(learning_logs(plan_)).data_bytes, 12);
}

TEST_F(CacheForecastTest, FitsThatNoOpenTrialNeedsAddNothing) {
  add("a", "als");
  wanted_.clear();
  EXPECT_EQ(forecast().models, 0);
  EXPECT_THAT(forecast().unknown, IsEmpty());
}

}  // namespace
}  // namespace assay::execution
