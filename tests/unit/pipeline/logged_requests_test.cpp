#include "pipeline/logged_requests.h"

#include <ATen/ops/empty.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

namespace assay::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

template <typename T>
std::vector<T> values(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous().view({-1});
  const T* const first = flat.const_data_ptr<T>();
  return {first, first + flat.size(0)};
}

/// Three requests: items 4, 2, 4 again and none; items 1 and 3; nothing that shows an item. Labels
/// click and buy, propensities, positions, a context column of rows and one of requests, and allowed
/// sets of the first request.
class LoggedRequestTables : public testing::Test {
 protected:
  LoggedRequestTables()
      : path_(fs::temp_directory_path() / ("assay_logged_" + std::to_string(getpid()))) {
    table_.user = {0, -1, 1};
    table_.offsets = {0, 4, 6, 7};
    table_.item = {4, 2, 4, -1, 1, 3, -1};
    table_.position = {2, 1, 3, 4, -1, 1, 1};
    table_.propensity = {.5f, .25f, .125f, 1, 1, .1f, 1};
    table_.labels.push_back({"click", false, {0, 0, 1, 1, 0, 255, 1}, {}});
    table_.labels.push_back({"seconds", true, {}, {3, 0, 0, 9, NAN, 0, 1}});
    table_.context.push_back({"price", false, false, {}, {1, 2, 3, 4, 5, 6, 7}, {}});
    table_.context.push_back({"device", true, true, {0, -1, 1}, {}, {}});
    table_.context.back().labels.add("phone");
    table_.context.back().labels.add("desk");
    table_.allowed_set = {0, -1, -1};
    table_.allowed_values = {2, 4};
    table_.allowed_offsets = {0, 2};
  }
  ~LoggedRequestTables() override { fs::remove(path_); }
  LoggedRequests open(task::CandidateSource candidates = task::CandidateSource::logged) {
    dataset::SafetensorsWriter out;
    add_impressions(out, table_);
    const nlohmann::json info = {
        {"labels",
         {{{"name", "click"}, {"kind", "flag"}}, {{"name", "seconds"}, {"kind", "value"}}}},
        {"context", context_info(table_)}};
    out.note("info", info.dump());
    out.write(path_);
    return {dataset::Impressions::open(path_), candidates};
  }
  std::string path_;
  dataset::ImpressionTable table_;
};

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

TEST_F(LoggedRequestTables, CandidatesStandInTheOrderOfTheirPositions) {
  const CandidateBatch got = open().candidates(std::vector<int64_t>{0, 1, 2, -1});
  EXPECT_THAT(values<int64_t>(got.item), ElementsAre(2, 4, 3, 1, -1, -1, -1, -1));
  EXPECT_THAT(values<float>(got.score), ElementsAre(1, .5f, 1, .5f, kMinusInfinity, kMinusInfinity,
                                                    kMinusInfinity, kMinusInfinity));
}

// A file may have its clicked rows first.
TEST_F(LoggedRequestTables, WithoutPositionsTheOrderOfTheFileIsNotTold) {
  table_.position.clear();
  const CandidateBatch got = open().candidates(std::vector<int64_t>{0, 1});
  EXPECT_THAT(values<int64_t>(got.item), ElementsAre(2, 4, 1, 3));
  EXPECT_THAT(values<float>(got.score), ElementsAre(0, 0, 0, 0));
}

TEST_F(LoggedRequestTables, ColumnsOfRowsAreFeaturesOfCandidates) {
  const CandidateBatch got = open().candidates(std::vector<int64_t>{0, 2});
  EXPECT_EQ(got.features.rows, 4);
  ASSERT_EQ(got.features.columns.size(), 1U);
  const std::vector<float> price = values<float>(got.features.at("price").values);
  EXPECT_THAT(std::span(price).first(2), ElementsAre(2, 1));
  EXPECT_TRUE(std::isnan(price[2]) && std::isnan(price[3]));
}

TEST_F(LoggedRequestTables, ColumnsOfRequestsAreContext) {
  const FeatureTable got = open().context(std::vector<int64_t>{2, -1, 0});
  EXPECT_EQ(got.rows, 3);
  ASSERT_EQ(got.columns.size(), 1U);
  EXPECT_THAT(values<int32_t>(got.at("device").values), ElementsAre(1, -1, 0));
  EXPECT_THAT(got.at("device").labels, ElementsAre("phone", "desk"));
}

TEST_F(LoggedRequestTables, ALabelHoldsWhereARowOfTheItemHoldsIt) {
  at::Tensor item = at::empty({2, 3}, at::kLong);
  const std::vector<int64_t> ids = {4, 2, 0, 3, 1, -1};
  std::copy(ids.begin(), ids.end(), item.mutable_data_ptr<int64_t>());
  const std::vector<float> got = values<float>(open().labels(std::vector<int64_t>{0, 1}, item));
  EXPECT_THAT(std::span(got).first(4), ElementsAre(1, 1, 0, 0));  // item 4, then 2
  EXPECT_TRUE(std::isnan(got[4]) && std::isnan(got[5]));          // 0 was not shown
  EXPECT_TRUE(std::isnan(got[6]));                                // 3 has no answer
  EXPECT_EQ(got[7], 0);
  EXPECT_EQ(got[8], 0);
  EXPECT_TRUE(std::isnan(got[9]));
}

TEST_F(LoggedRequestTables, PropensitiesFollowTheItems) {
  at::Tensor item = at::empty({1, 3}, at::kLong);
  const std::vector<int64_t> ids = {4, 2, -1};
  std::copy(ids.begin(), ids.end(), item.mutable_data_ptr<int64_t>());
  const auto got = open().propensity(std::vector<int64_t>{0}, item);
  ASSERT_TRUE(got);
  EXPECT_THAT(values<float>(*got), ElementsAre(.5f, .25f, 1));
  table_.propensity.clear();
  EXPECT_FALSE(open().propensity(std::vector<int64_t>{0}, item));
}

TEST_F(LoggedRequestTables, AllItemsAreAllowedWhereTheLogNamesNone) {
  const std::vector<int64_t> requests = {0, 1, -1};
  EXPECT_FALSE(open().allowed(requests, 5));  // the rows are the candidates
  const LoggedRequests open_set = open(task::CandidateSource::allowed);
  const auto got = open_set.allowed(requests, 5);
  ASSERT_TRUE(got);
  EXPECT_THAT(values<int64_t>(got->values), ElementsAre(2, 4, 0, 1, 2, 3, 4));
  EXPECT_THAT(values<int64_t>(got->offsets), ElementsAre(0, 2, 7, 7));
  EXPECT_FALSE(open_set.allowed(std::vector<int64_t>{1, 2}, 5));
}

}  // namespace
}  // namespace assay::pipeline
