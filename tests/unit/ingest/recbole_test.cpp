// The files of tests/unit/ingest/files/recbole against what RecBole itself reads in them
// (tests/golden/oracles/make_recbole.py, which names its version). RecBole reads "NA" and "null" as
// missing ids, which we do not; none stands in these files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data_files.h"
#include "dataset/features.h"

namespace assay::ingest {
namespace {

using nlohmann::json;

json theirs() {
  std::ifstream file(ASSAY_SOURCE_DIR "/tests/golden/oracles/recbole.json");
  return json::parse(file);
}

json or_null(double number) { return std::isnan(number) ? json() : json(number); }

/// A value as the oracle has it: a list, ascending, where the type is one.
json value_of(const dataset::FeatureView& feature, int64_t row) {
  std::vector<json> list;
  if (feature.type == "category")
    return feature.category[row] < 0 ? json() : json(feature.labels[feature.category[row]]);
  if (feature.type == "number") return or_null(feature.number[row]);
  if (feature.type == "set")
    for (int64_t at = feature.set_offsets[row]; at < feature.set_offsets[row + 1]; ++at)
      list.push_back(feature.labels[feature.set_values[at]]);
  else
    for (int64_t place = 0; place < feature.width; ++place)
      list.push_back(feature.number[row * feature.width + place]);
  std::sort(list.begin(), list.end());
  return list;
}

/// In 32 bits, lists in one order.
json as_kept(const json& value) {
  if (value.is_number()) return static_cast<float>(value.get<double>());
  if (!value.is_array()) return value;
  std::vector<json> list;
  for (const json& one : value) list.push_back(as_kept(one));
  std::sort(list.begin(), list.end());
  return list;
}

class RecBole : public ::testing::Test {
 protected:
  RecBole() {
    task::DatasetSpec dataset =
        test::dataset_at(ASSAY_SOURCE_DIR "/tests/unit/ingest/files/recbole/shop", "recbole");
    dataset.targets = {{.name = "phone", .column = "device", .equals_text = "phone"}};
    data_ = test::imported(folder_, dataset);
  }
  test::TestFolder folder_;
  dataset::ImportedData data_;
};

TEST_F(RecBole, EventsAreWhatItReads) {
  const auto users = test::texts(data_.user_ids()), items = test::texts(data_.item_ids());
  const auto& file = data_.file();
  const auto user = test::values<int32_t>(file, "event.user");
  const auto item = test::values<int32_t>(file, "event.item");
  const auto rating = test::values<double>(file, "event.number.rating");
  const auto device = test::values<int32_t>(file, "event.text.device");
  const auto time = test::seconds(file, "event.time_us");
  const auto labels = test::texts(
      {file.array<char>("event.labels.device"), file.array<int64_t>("event.label_offsets.device")});
  json ours = json::array();
  for (size_t e = 0; e < user.size(); ++e)
    ours.push_back({users.at(user[e]), items.at(item[e]), time[e], or_null(rating[e]),
                    device[e] < 0 ? json() : json(labels.at(device[e]))});
  auto expected = theirs().at("events").get<std::vector<json>>();
  std::ranges::sort(expected, {}, [](const json& event) { return event.at(2).get<double>(); });
  EXPECT_EQ(ours, json(expected));
}

TEST_F(RecBole, FeaturesAreWhatItReads) {
  const json expected = theirs();
  int compared = 0;
  for (const std::string of : {"user", "item"}) {
    const dataset::TextView ids = data_.ids(of);
    for (const dataset::FeatureView& feature :
         features_in(data_.file(), of, data_.info().at("features").at(of))) {
      const json& column = expected.at(of).at(feature.name);
      EXPECT_EQ(std::ssize(column), ids.size());
      for (int64_t row = 0; row < ids.size(); ++row, ++compared)
        EXPECT_EQ(value_of(feature, row), as_kept(column.at(std::string(ids[row]))))
            << feature.name << " of " << ids[row];
    }
  }
  EXPECT_EQ(compared, 3 * 4 + 3 * 3);
}

}  // namespace
}  // namespace assay::ingest
