#pragma once

/// A log of 20 ratings and what is prepared of it, for tests of preparing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "dataset/prepare.h"
#include "dataset/prepared.h"
#include "sample_events.h"

namespace assay::dataset {

using nlohmann::json;
using task::SplitMethod;
using task::Window;
using test::TestFolder;

/// Four users u0.. with five ratings each of items 10.. at falling ids; user u3 rates low.
inline Dataset ratings() {
  Dataset data;
  NumberColumn rating{"rating", {}}, clicks{"clicks", {}};
  for (int item = 0; item < 8; ++item) data.items.ids.add(std::to_string(17 - item));
  for (int user = 0; user < 4; ++user) data.users.ids.add("u" + std::to_string(user));
  for (int i = 0; i < 20; ++i) {
    const int user = i % 4;
    data.events.user.push_back(user);
    data.events.item.push_back((i / 4 + user) % 8);
    data.events.time_us.push_back((1000 + i) * kMicroseconds);
    rating.values.push_back(user == 3 ? 1 : 4);
    clicks.values.push_back(i % 2 ? std::numeric_limits<double>::quiet_NaN() : i % 3);
  }
  FeatureColumn year;
  year.name = "year";
  year.type = "number";
  for (int item = 0; item < 8; ++item) year.number.push_back(static_cast<float>(2000 + 17 - item));
  data.items.features.push_back(year);
  data.items.listed.assign(8, 1);
  data.events.numbers = {rating, clicks};
  data.events.value = "rating";
  data.events.not_numbers = {{"shop", "log.csv:3 holds \"north\""}};
  return data;
}

class PreparedRatings : public testing::Test {
 protected:
  void SetUp() override {
    dataset_.name = "ratings";
    dataset_.where = "exp.yaml:4:3";
    dataset_.split = {.method = SplitMethod::leave_last_out, .rank = 1, .validation = 1, .test = 1};
    import(ratings());
  }
  void import(const Dataset& data) {
    ref_.path = folder_.path("imported.safetensors");
    write_imported(data, {{"format", "csv"}}, ref_.path);
    ref_.key = "data";
    ref_.info = ImportedData::open(ref_.path).info();
  }
  PreparedRef run() {
    return prepare(ref_, lists_, dataset_, traffic_, fit_on_, seed_, folder_.path("cache"),
                   [this](const std::string& line) { notices_.push_back(line); });
  }
  std::string error() {
    return test::error_of([&] { run(); });
  }
  std::vector<int64_t> row(const RaggedView& rows, int64_t r) {
    return {rows.row(r).begin(), rows.row(r).end()};
  }

  TestFolder folder_;
  ImportedRef ref_;
  std::map<std::string, ImportedRef> lists_;
  task::DatasetSpec dataset_;
  task::TrafficSpec traffic_;
  task::FitOn fit_on_;
  uint64_t seed_ = 1;
  std::vector<std::string> notices_;
};

}  // namespace assay::dataset
