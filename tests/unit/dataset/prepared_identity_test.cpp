#include "prepared_ratings.h"

namespace assay::dataset {
namespace {

class PreparedIdentity : public PreparedRatings {};

TEST_F(PreparedIdentity, WhatComparesNoTextHasTheKeyThatItHad) {
  const std::string before = run().key;
  dataset_.targets = {{.name = "liked", .column = "rating", .at_least = 3}};
  const std::string rated = run().key;
  EXPECT_NE(before, rated);
  dataset_.targets[0].equals_text = std::nullopt;
  EXPECT_EQ(run().key, rated);
}

TEST_F(PreparedIdentity, FindsWhatItMadeBefore) {
  const PreparedRef first = run();
  const auto written = std::filesystem::last_write_time(first.path);
  dataset_.name = "another name";
  dataset_.where = "other.yaml:1:1";
  dataset_.allow_leak = {"a reason"};
  dataset_.split.boundary = task::SplitBoundary::row;  // of another method
  seed_ = 9;                                           // nothing is drawn
  EXPECT_EQ(run().path, first.path);
  EXPECT_EQ(std::filesystem::last_write_time(first.path), written);
}

TEST_F(PreparedIdentity, EveryEffectiveSettingMakesAnotherKey) {
  std::set<std::string> keys = {run().key};
  const auto changed = [&](auto&& change) {
    const task::DatasetSpec dataset = dataset_;
    const task::TrafficSpec traffic = traffic_;
    change();
    EXPECT_TRUE(keys.insert(run().key).second);
    dataset_ = dataset;
    traffic_ = traffic;
  };
  changed([&] { dataset_.targets = {{.name = "liked", .column = "rating", .at_least = 3}}; });
  changed([&] { dataset_.targets = {{.name = "liked", .column = "rating", .at_least = 2}}; });
  changed([&] { dataset_.filter.min_user_events = 1; });
  changed([&] { dataset_.split.rank = 0; });
  changed([&] {
    dataset_.split.method = SplitMethod::row_hash,
    dataset_.split.rank = dataset_.split.validation = 0;
  });
  changed([&] { dataset_.evaluate_on.users = task::Population::warm; });
  changed([&] { traffic_.history_length = 3; });
  changed([&] { traffic_.exclude_seen = {}; });
  Dataset other = ratings();
  other.events.item[0] = 5;
  import(other);
  changed([] {});
}

TEST_F(PreparedIdentity, TheBytesOfTheFilesMakeNoOtherKey) {
  const PreparedRef first = run();
  const auto written = std::filesystem::last_write_time(first.path);
  ref_.key = "the same in another order of columns";
  const PreparedRef second = run();
  EXPECT_EQ(second.key, first.key);
  EXPECT_EQ(std::filesystem::last_write_time(second.path), written);
  EXPECT_EQ(second.data_hash, ref_.key);
  EXPECT_EQ(second.info.at("data_hash"), ref_.key);
}

TEST_F(PreparedIdentity, AColumnThatNobodyUsesMakesNoOtherKey) {
  const PreparedRef first = run();
  Dataset other = ratings();
  other.events.numbers[1].values[0] = 77;  // clicks
  other.events.numbers.push_back(other.events.numbers[1]);
  other.events.numbers.back().name = "views";
  import(other);
  ref_.key = "other bytes";
  const PreparedRef second = run();
  EXPECT_EQ(second.key, first.key);
  dataset_.targets = {{.name = "clicked", .column = "clicks", .at_least = 1}};
  const std::string clicked = run().key;
  import(ratings());
  EXPECT_NE(run().key, clicked) << "a target uses it";
}

TEST_F(PreparedIdentity, WhatIsUsedMakesAnotherKey) {
  std::set<std::string> keys = {run().key};
  const auto changed = [&](const char* what, auto&& change) {
    Dataset data = ratings();
    change(data);
    import(data);
    EXPECT_TRUE(keys.insert(run().key).second) << what;
  };
  changed("a value", [](Dataset& data) { data.events.numbers[0].values[0] = 3; });
  changed("a time", [](Dataset& data) { data.events.time_us[0] += 1; });
  changed("an item", [](Dataset& data) { data.events.item[0] = 5; });
  changed("an id", [](Dataset& data) { data.users.ids.bytes[1] = '9'; });
  changed("a feature", [](Dataset& data) { data.items.features[0].number[0] += 1; });
  changed("an item of the catalogue", [](Dataset& data) { data.items.listed[7] = 0; });
}

TEST_F(PreparedIdentity, TheSeedCountsWhereSharesAreDrawn) {
  dataset_.split = {.method = SplitMethod::row_hash, .rank = 0.3, .validation = 0, .test = 0};
  const std::string first = run().key;
  seed_ = 2;
  EXPECT_NE(run().key, first);
}

TEST_F(PreparedIdentity, AFileOfAnotherLayoutIsLeftAlone) {
  const std::string key = run().key;
  EXPECT_THAT(run().path, testing::EndsWith("/prepared/" + key + ".layout2.safetensors"));
  const std::string old = folder_.path("cache/prepared/" + key + ".safetensors");
  std::ofstream(old) << "what an earlier version wrote";
  std::filesystem::remove(run().path);
  EXPECT_EQ(PreparedData::open(run().path).events(), 20);
  EXPECT_EQ(std::filesystem::file_size(old), 29);
}

// Of the ratings above with the settings of SetUp().
constexpr const char* kKeyOfEarlierVersions =
    "d55b91e2324b394de2e1f680be4ac86187aea59a35807dd546214613775616b7";

TEST_F(PreparedIdentity, OnlyTimesThatAreNoWholeSecondsMakeAnotherEarlierKey) {
  EXPECT_EQ(run().earlier.front().key, kKeyOfEarlierVersions);
  Dataset data = ratings();
  data.events.time_us[3] += 1;
  import(data);
  EXPECT_NE(run().earlier.front().key, kKeyOfEarlierVersions)
      << "earlier versions cut fractions off";
}

}  // namespace
}  // namespace assay::dataset
