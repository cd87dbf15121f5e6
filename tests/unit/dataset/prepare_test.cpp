#include "dataset/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/fit_windows.h"
#include "dataset/prepared.h"
#include "sample_events.h"

namespace assay::dataset {
namespace {

using task::SplitMethod;
using task::Window;

using nlohmann::json;
using test::seconds;
using test::TestFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Four users u0.. with five ratings each of items 10.. at falling ids; user u3 rates low.
Dataset ratings() {
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

class Prepare : public testing::Test {
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

TEST_F(Prepare, WritesWhatTheWorkerReads) {
  const PreparedData data = PreparedData::open(run().path);
  EXPECT_EQ(data.users(), 4);
  EXPECT_EQ(data.items(), 8);
  EXPECT_EQ(data.events(), 20);
  EXPECT_TRUE(data.has_times());
  EXPECT_THAT(data.targets(), IsEmpty());
  EXPECT_EQ(data.user_id(3), "u3");
  EXPECT_EQ(data.item_id(0), "10");
  EXPECT_THAT(data.array<float>("event.value").subspan(0, 4), ElementsAre(4, 4, 4, 1));
  EXPECT_THAT(data.array<float>("item.feature.year.values"),
              ElementsAre(2010, 2011, 2012, 2013, 2014, 2015, 2016, 2017));
  const RequestSetView test = data.requests(task::Window::test);
  EXPECT_THAT(test.user, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(seconds(test.time_us), ElementsAre(1016, 1017, 1018, 1019));
  EXPECT_THAT(row(test.truth, 0), ElementsAre(3)) << "item 13 is the fourth of 10, 11, ...";
  EXPECT_THAT(row(test.history, 0), ElementsAre(7, 6, 5, 4));
  EXPECT_THAT(row(test.excluded, 0), ElementsAre(4, 5, 6, 7));
  EXPECT_TRUE(data.has_requests(task::Window::rank));
  EXPECT_EQ(data.info().at("windows").at("rank").at("events"), 4);
  EXPECT_EQ(data.info().at("windows").at("train").at("last_time_s"), 1007);
}

TEST_F(Prepare, CleansBeforeEverythingElseAndSaysWhatWent) {
  Dataset data = ratings();
  for (int user = 0; user < 4; ++user) {  // everybody's last event once more
    data.events.user.push_back(user);
    data.events.item.push_back((4 + user) % 8);
    data.events.time_us.push_back((1016 + user) * kMicroseconds);
    for (NumberColumn& column : data.events.numbers) column.values.push_back(user == 3 ? 1 : 4);
  }
  import(data);
  EXPECT_THAT(error(), HasSubstr("same_event_on_both_sides"));
  dataset_.clean.duplicates = true;
  dataset_.clean.value_at_least = 2;
  const PreparedRef cleaned = run();
  EXPECT_EQ(cleaned.info.at("events"), 15);
  EXPECT_EQ(cleaned.info.at("users"), 3) << "u3 rates 1";
  EXPECT_EQ(cleaned.info.at("removed").size(), 2);
  EXPECT_EQ(cleaned.info.at("removed").at(0).at("events"), 6);
  EXPECT_EQ(cleaned.info.at("removed").at(1).at("events"), 3);
  EXPECT_EQ(cleaned.info.at("description").at("events"), 24) << "the log as it came";
  EXPECT_EQ(cleaned.info.at("description").at("duplicates"), 4);
}

TEST_F(Prepare, AFoldKnowsNothingOfWhatComesAfterIt) {
  Dataset data = ratings();
  data.items.listed.clear();
  data.items.features.clear();
  import(data);
  dataset_.split = {.method = SplitMethod::walk_forward, .rank = 0, .validation = 0, .test = 0.2};
  dataset_.split.folds = 3;
  dataset_.split.fold = 1;
  const PreparedRef first = run();
  EXPECT_EQ(first.info.at("events"), 12);
  EXPECT_EQ(first.info.at("windows").at("train").at("events"), 8);
  EXPECT_EQ(first.info.at("items"), 6) << "users 0 to 3 have items i / 4 + user for i / 4 below 3";
  EXPECT_EQ(first.info.at("removed").at(0).at("reason"), "after fold 1 of 3");
  EXPECT_EQ(first.info.at("removed").at(0).at("events"), 8);
  EXPECT_EQ(first.info.at("removed").at(0).at("items"), 2);
  dataset_.split.fold = 3;
  const PreparedRef last = run();
  EXPECT_NE(last.key, first.key);
  EXPECT_EQ(last.info.at("events"), 20);
  EXPECT_EQ(last.info.at("windows").at("test").at("first_time_s"), 1016);
}

TEST_F(Prepare, AFoldKnowsWhereTheWindowsOfEarlierFoldsEnd) {
  dataset_.split = {.method = SplitMethod::walk_forward, .rank = 0.1, .validation = 0, .test = 0.2};
  dataset_.split.folds = 3;
  dataset_.split.fold = 1;
  EXPECT_TRUE(run().info.at("earlier_folds").empty());
  dataset_.split.fold = 3;
  EXPECT_EQ(run().info.at("earlier_folds"), json({{6, 8, 8, 12}, {10, 12, 12, 16}}));
  // Counted among what this fold's filter leaves: the events of two users.
  dataset_.filter.min_user_events = 4;
  const PreparedRef filtered = run();
  EXPECT_EQ(filtered.info.at("events"), 10);
  EXPECT_EQ(filtered.info.at("earlier_folds"), json({{4, 4, 4, 6}, {6, 6, 6, 8}}));
}

TEST_F(Prepare, SessionsNeedTimes) {
  Dataset data = ratings();
  data.events.time_us.clear();
  import(data);
  traffic_.requests = task::RequestUnit::per_session;
  EXPECT_EQ(error(),
            "exp.yaml:4:3: traffic.requests is per_session, which needs times, and the events have "
            "none; use per_event (file order counts) or per_user");
}

TEST_F(Prepare, TargetsAreHeldNotHeldOrMissing) {
  dataset_.targets = {{.name = "liked", .column = "rating", .at_least = 3},
                      {.name = "click", .column = "clicks", .equals = 2}};
  const PreparedData data = PreparedData::open(run().path);
  EXPECT_THAT(data.targets(), ElementsAre("liked", "click"));
  EXPECT_THAT(data.array<uint8_t>("event.target.liked").subspan(0, 4), ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(data.array<uint8_t>("event.target.click").subspan(0, 4), ElementsAre(0, 255, 1, 255));
  EXPECT_THAT(data.requests(task::Window::test).user, ElementsAre(0, 1, 2)) << "u3 likes nothing";
  EXPECT_EQ(data.ragged("requests.test.target.click").rows(), 3);
}

/// The ratings, of which every third event is a purchase, the others are views.
Dataset typed() {
  Dataset data = ratings();
  for (const char* type : {"view", "purchase"}) data.events.types.add(type);
  for (int i = 0; i < 20; ++i) data.events.type.push_back(i % 3 == 0 ? 1 : 0);
  return data;
}

TEST_F(Prepare, ATextIsAnEventType) {
  import(typed());
  dataset_.columns = {{"event", "kind"}};
  dataset_.targets = {{.name = "bought", .column = "kind", .equals_text = "purchase"},
                      {.name = "seen", .column = "kind", .equals_text = "view"}};
  const PreparedData data = PreparedData::open(run().path);
  EXPECT_THAT(data.array<uint8_t>("event.target.bought").subspan(0, 4), ElementsAre(1, 0, 0, 1));
  EXPECT_THAT(data.array<uint8_t>("event.target.seen").subspan(0, 4), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(data.array<float>("event.value").subspan(0, 4), ElementsAre(4, 4, 4, 1))
      << "the value column of the data";
}

TEST_F(Prepare, AnEventTypeThatDoesNotOccurIsNamed) {
  import(typed());
  dataset_.columns = {{"event", "kind"}};
  dataset_.targets = {{.name = "bought", .column = "kind", .equals_text = "purchse"}};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: targets.bought.equals is \"purchse\", and no event has that type; their "
            "types are purchase (7), view (13); did you mean \"purchase\"?");
}

TEST_F(Prepare, ATextOfAColumnThatTheEventsLackIsRefusedWithNearNames) {
  dataset_.targets = {{.name = "local", .column = "shopp", .equals_text = "north"}};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: targets.local.column is shopp, but the events have no such column; did "
            "you mean \"shop\"?");
}

TEST_F(Prepare, WhatComparesNoTextHasTheKeyThatItHad) {
  const std::string before = run().key;
  dataset_.targets = {{.name = "liked", .column = "rating", .at_least = 3}};
  const std::string rated = run().key;
  EXPECT_NE(before, rated);
  dataset_.targets[0].equals_text = std::nullopt;
  EXPECT_EQ(run().key, rated);
}

TEST_F(Prepare, ATargetWithoutABoundIsEveryValueThatIsThere) {
  EXPECT_EQ(target_holds({.name = "t", .column = "c"}, -3), true);
  EXPECT_EQ(target_holds({.name = "t", .column = "c"}, std::nan("")), std::nullopt);
  EXPECT_EQ(target_holds({.name = "t", .column = "c", .at_least = 2, .at_most = 4}, 4), true);
  EXPECT_EQ(target_holds({.name = "t", .column = "c", .at_least = 2, .at_most = 4}, 4.5), false);
}

TEST_F(Prepare, NamesATargetColumnThatIsNotThere) {
  dataset_.targets = {{.name = "liked", .column = "ratng"}};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: targets.liked.column is ratng, but the events have no such numeric "
            "column; did you mean \"rating\"?");
  dataset_.targets = {{.name = "local", .column = "shop"}};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: targets.local.column is shop, which is not a numeric column: log.csv:3 "
            "holds \"north\"; name a text in quotes: targets.local.equals: \"...\"");
}

TEST_F(Prepare, SaysWhenNothingIsLeftAfterFiltering) {
  dataset_.filter.min_user_events = 50;
  EXPECT_EQ(error(),
            "exp.yaml:4:3: filter removes all of 20 events of 4 users and 8 items: min_user_events "
            "50 (counted in the training window); lower it");
}

TEST_F(Prepare, SaysWhenThereIsNoTestRequest) {
  dataset_.targets = {{.name = "liked", .column = "rating", .at_least = 5}};
  EXPECT_EQ(
      error(),
      "exp.yaml:4:3: split leaves no test request: the test window holds 4 events, none of them "
      "positive (targets.liked: rating at_least 5); lower the bound, or enlarge the test window");
}

TEST_F(Prepare, SaysWhenAWindowThatIsFittedOnIsEmpty) {
  dataset_.split.rank = 0;
  fit_on_.recall = {task::Window::train, task::Window::rank};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: fit_on.recall names the window rank, but the split leaves it without "
            "events; set split.rank above 0, or name another window");
  fit_on_.recall = {task::Window::train};
  const PreparedRef data = run();
  EXPECT_EQ(test::error_of([&] {
              check_fit_window(data.info, dataset_.split, task::Window::rank, "variants.a.rank[0]",
                               true, "exp.yaml:9:7");
            }),
            "exp.yaml:9:7: variants.a.rank[0] names the window rank, but the split leaves it "
            "without requests; set split.rank above 0, or name another window");
  EXPECT_EQ(test::error_of([&] {
              check_fit_window(data.info, dataset_.split, task::Window::validation, "variants.a",
                               true);
            }),
            "");
}

TEST_F(Prepare, SaysWhenNothingIsLeftToTrainOn) {
  dataset_.split.test = 5;
  EXPECT_EQ(error(),
            "exp.yaml:4:3: fit_on.recall names the window train, but the split leaves it without "
            "events; leave_last_out puts 7 events of each user into the windows after it, and no "
            "user has more; use fewer");
}

TEST_F(Prepare, SaysThatEventsOfOneTimeFillAWindow) {
  Dataset data = ratings();
  std::ranges::fill(data.events.time_us, 1000 * kMicroseconds);
  import(data);
  dataset_.split = {.method = SplitMethod::global_time, .rank = 0, .validation = 0, .test = 0.2};
  EXPECT_EQ(
      error(),
      "exp.yaml:4:3: fit_on.recall names the window train, but the split leaves it without "
      "events; split.boundary is time, which keeps events of the same time in one window, and "
      "of 20 events too many share the time at which train ends; set split.boundary: row, or "
      "check the time column");
  dataset_.split.boundary = task::SplitBoundary::row;
  EXPECT_EQ(error(), "");
}

TEST_F(Prepare, SaysWhenNothingPositiveIsLeftToLearnFrom) {
  Dataset data = ratings();
  for (int i = 0; i < 16; ++i) data.events.numbers[0].values[i] = 1;
  import(data);
  dataset_.targets = {{.name = "liked", .column = "rating", .at_least = 4}};
  dataset_.split = {.method = SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: targets.liked leaves no training data: train, which fit_on.recall "
            "names, holds 16 events, none of them positive (rating at_least 4); lower the bound, "
            "or use other windows");
}

TEST_F(Prepare, TellsWhatItRemoved) {
  Dataset data = ratings();
  data.users.ids.add("u9");
  data.events.user.push_back(4);
  data.events.item.push_back(0);
  data.events.time_us.push_back(5000 * kMicroseconds);
  for (NumberColumn& column : data.events.numbers) column.values.push_back(1);
  import(data);
  dataset_.filter.min_user_events = 2;
  const PreparedRef out = run();
  ASSERT_EQ(out.info.at("removed").size(), 1);
  EXPECT_EQ(out.info.at("removed")[0],
            json({{"step", "filter"},
                  {"reason", "min_user_events 2 (counted in the training window)"},
                  {"users", 1},
                  {"items", 0},
                  {"events", 1}}));
  EXPECT_EQ(out.info.at("users"), 4);
}

TEST_F(Prepare, FindsWhatItMadeBefore) {
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

TEST_F(Prepare, EveryEffectiveSettingMakesAnotherKey) {
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

TEST_F(Prepare, TheBytesOfTheFilesMakeNoOtherKey) {
  const PreparedRef first = run();
  const auto written = std::filesystem::last_write_time(first.path);
  ref_.key = "the same in another order of columns";
  const PreparedRef second = run();
  EXPECT_EQ(second.key, first.key);
  EXPECT_EQ(std::filesystem::last_write_time(second.path), written);
  EXPECT_EQ(second.data_hash, ref_.key);
  EXPECT_EQ(second.info.at("data_hash"), ref_.key);
}

TEST_F(Prepare, AColumnThatNobodyUsesMakesNoOtherKeyAndIsDescribedAsItIs) {
  const PreparedRef first = run();
  Dataset other = ratings();
  other.events.numbers[1].values[0] = 77;  // clicks
  other.events.numbers.push_back(other.events.numbers[1]);
  other.events.numbers.back().name = "views";
  import(other);
  ref_.key = "other bytes";
  const PreparedRef second = run();
  EXPECT_EQ(second.key, first.key);
  EXPECT_NE(second.info.at("description"), first.info.at("description"));
  dataset_.targets = {{.name = "clicked", .column = "clicks", .at_least = 1}};
  const std::string clicked = run().key;
  import(ratings());
  EXPECT_NE(run().key, clicked) << "a target uses it";
}

TEST_F(Prepare, WhatIsUsedMakesAnotherKey) {
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

TEST_F(Prepare, TheSeedCountsWhereSharesAreDrawn) {
  dataset_.split = {.method = SplitMethod::row_hash, .rank = 0.3, .validation = 0, .test = 0};
  const std::string first = run().key;
  seed_ = 2;
  EXPECT_NE(run().key, first);
}

TEST_F(Prepare, MakesADamagedFileAnewAndSaysSo) {
  const PreparedRef first = run();
  const std::string bytes = test::read_bytes(first.path);
  std::string flipped = bytes;
  flipped[bytes.size() - 1] = static_cast<char>(flipped[bytes.size() - 1] ^ 1);
  for (const std::string& damaged :
       {flipped, bytes.substr(0, bytes.size() / 2), std::string("nonsense")}) {
    notices_.clear();
    test::write_bytes(first.path, damaged);
    run();
    EXPECT_EQ(test::read_bytes(first.path), bytes);
    EXPECT_THAT(
        notices_,
        ElementsAre("the prepared data of ratings in the cache is damaged and is rebuilt (" +
                    first.path + ")"));
  }
}

TEST_F(Prepare, ALeakStopsItUntilAReasonIsGiven) {
  Dataset data = ratings();
  // Equal times: the last event of a user is no repeat, so plant one.
  std::ranges::fill(data.events.time_us, 1000 * kMicroseconds);
  data.events.item[19] = data.events.item[15];
  import(data);
  EXPECT_THAT(error(),
              HasSubstr("the split leaks (same_event_on_both_sides): 1 event is also in an earlier "
                        "window (same user, item and time), such as user u3, item 11 at"));
  EXPECT_THAT(error(), HasSubstr("the split leaks")) << "also from the cache";
  dataset_.allow_leak = {"known double log"};
  const json audit = run().info.at("audit");
  EXPECT_EQ(audit[0].at("result"), "allowed: known double log");
}

TEST_F(Prepare, AFileOfAnotherLayoutIsLeftAlone) {
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

TEST_F(Prepare, OnlyTimesThatAreNoWholeSecondsMakeAnotherEarlierKey) {
  EXPECT_EQ(run().earlier.front().key, kKeyOfEarlierVersions);
  Dataset data = ratings();
  data.events.time_us[3] += 1;
  import(data);
  EXPECT_NE(run().earlier.front().key, kKeyOfEarlierVersions)
      << "earlier versions cut fractions off";
}

TEST_F(Prepare, HistoriesKnowTheirTimesTypesAndWhetherTheyRepeat) {
  Dataset data = ratings();
  for (const char* type : {"view", "buy"}) data.events.types.add(type);
  for (int i = 0; i < 20; ++i) data.events.type.push_back(i % 2);
  import(data);
  const PreparedData prepared = PreparedData::open(run().path);
  EXPECT_THAT(prepared.event_types(), ElementsAre("buy", "view"));
  EXPECT_EQ(prepared.info().at("event_types"),
            json::parse(R"([{"name": "buy", "events": 10}, {"name": "view", "events": 10}])"));
  const RequestSetView requests = prepared.requests(task::Window::test);
  EXPECT_THAT(seconds(requests.history_time_us.first(4)), ElementsAre(1000, 1004, 1008, 1012));
  EXPECT_THAT(requests.history_type.first(5), ElementsAre(1, 1, 1, 1, 0));
  EXPECT_TRUE(requests.distinct_histories);
  data.events.item[4] = data.events.item[0];  // of user 0
  import(data);
  EXPECT_FALSE(PreparedData::open(run().path).requests(task::Window::test).distinct_histories);
}

TEST_F(Prepare, LogsWithoutTimesHaveNone) {
  Dataset data = ratings();
  data.events.time_us.clear();
  import(data);
  const PreparedData prepared = PreparedData::open(run().path);
  EXPECT_FALSE(prepared.has_times());
  EXPECT_THAT(prepared.array<int64_t>("event.time_us"), testing::Each(-1));
  EXPECT_THAT(prepared.requests(task::Window::test).time_us, testing::Each(-1));
  dataset_.split = {.method = SplitMethod::global_time, .rank = 0, .validation = 0, .test = 0.2};
  EXPECT_THAT(error(), HasSubstr("split.method global_time needs a time column"));
}

TEST_F(Prepare, EventsStandInTimeOrderWithEqualTimesInFileOrder) {
  Dataset data = ratings();
  std::ranges::reverse(data.events.time_us);
  data.events.time_us[3] = data.events.time_us[4];
  import(data);
  const PreparedData prepared = PreparedData::open(run().path);
  EXPECT_TRUE(std::ranges::is_sorted(prepared.array<int64_t>("event.time_us")));
  const ImportedData again = ImportedData::open(ref_.path);
  const auto rows = again.file().array<int32_t>("event.row");
  EXPECT_THAT(rows.subspan(15, 5), ElementsAre(3, 4, 2, 1, 0));
}

/// Ranked lists of queries u0 and u7.
ImportedRef write_lists(const std::string& path, float first_score = 9) {
  TextColumn queries, items;
  for (const char* query : {"u7", "u0"}) queries.add(query);
  for (const char* item : {"13", "99", "17", "10"}) items.add(item);
  const std::vector<int64_t> offsets = {0, 1, 6};
  const std::vector<int32_t> item = {0, 3, 1, 0, 3, 2};
  const std::vector<float> score = {1, first_score, 8, 7, 6, 5};
  SafetensorsWriter out;
  out.add_text("query.text", "query.text.offsets", queries.view());
  out.add_text("item.text", "item.text.offsets", items.view());
  out.add("list.offsets", offsets);
  out.add("list.item", item);
  out.add("list.score", score);
  out.note("info", "{}");
  out.write(path);
  return {path, "lists", {}};
}

TEST_F(Prepare, ListsLoseUnknownRepeatedAndExcludedItemsAndSaySo) {
  lists_["mine"] = write_lists(folder_.path("lists"));
  const PreparedRef out = run();
  const CutLists cut = CutLists::open(out.lists.at("mine").path);
  const RaggedView lists = cut.lists(Window::test);
  EXPECT_THAT(row(lists, 0), ElementsAre(0, 3))
      << "99 is unknown, the second 10 is repeated, 17 is excluded";
  EXPECT_THAT(cut.scores(Window::test), ElementsAre(9, 7));
  EXPECT_THAT(row(lists, 1), IsEmpty());
  const json info = out.info.at("lists").at("mine");
  EXPECT_EQ(info.at("unknown_queries"), 1);
  EXPECT_EQ(info.at("windows").at("test"), json({{"requests", 4},
                                                 {"entries", 2},
                                                 {"without_list", 3},
                                                 {"unknown", 1},
                                                 {"repeated", 1},
                                                 {"excluded", 1}}));
  EXPECT_EQ(cut.lists(Window::rank).rows(),
            PreparedData::open(out.path).requests(Window::rank).size());
  EXPECT_EQ(out.info.at("removed").back().at("reason"),
            "1 entries of unknown items, 1 repeated, 1 excluded");
  EXPECT_EQ(out.info.at("audit").back().at("check"), "ranked_lists");
  EXPECT_EQ(out.info.at("audit").back().at("result"), "found");
}

TEST_F(Prepare, ListsAreNoPartOfTheDataAndPrepareNothingAgain) {
  const PreparedRef without = run();
  const auto written = std::filesystem::last_write_time(without.path);
  lists_["mine"] = write_lists(folder_.path("lists"));
  const PreparedRef with = run();
  EXPECT_EQ(with.key, without.key);
  EXPECT_EQ(with.path, without.path);
  EXPECT_EQ(std::filesystem::last_write_time(with.path), written);
  ASSERT_EQ(without.earlier.size(), 1U);
  ASSERT_EQ(with.earlier.size(), 2U) << "versions before counted lists among the data";
  lists_["mine"] = write_lists(folder_.path("lists"), 10);
  const PreparedRef other = run();
  EXPECT_EQ(other.key, with.key);
  EXPECT_NE(other.lists.at("mine").key, with.lists.at("mine").key);
  EXPECT_NE(other.lists.at("mine").path, with.lists.at("mine").path);
}

TEST_F(Prepare, ListsAreWhatIsInThemWhateverTheirBytes) {
  lists_["mine"] = write_lists(folder_.path("lists"));
  const PreparedRef first = run();
  lists_["mine"].key = "a column more";
  const PreparedRef second = run();
  EXPECT_EQ(second.lists.at("mine").key, first.lists.at("mine").key);
  EXPECT_EQ(second.lists.at("mine").path, first.lists.at("mine").path);
  EXPECT_EQ(second.lists.at("mine").file_key, "a column more");
  EXPECT_NE(second.earlier.back().key, first.earlier.back().key);
}

TEST_F(Prepare, AnEarlierNameCoversTheListsWhichGoByTheirNamesThen) {
  lists_["mine"] = write_lists(folder_.path("lists"));
  PreparedRef out = run();
  out.go_by(out.earlier.front());
  EXPECT_EQ(out.key, out.earlier.front().key);
  EXPECT_EQ(out.lists.at("mine").key, "lists") << "by the bytes of its file";
  out.go_by(out.earlier.back());
  EXPECT_EQ(out.key, out.earlier.back().key);
  EXPECT_EQ(out.lists.at("mine").key, "");
  EXPECT_TRUE(std::filesystem::exists(out.lists.at("mine").path));
}

TEST_F(Prepare, DamagedListsAreCutAgain) {
  lists_["mine"] = write_lists(folder_.path("lists"));
  const std::string path = run().lists.at("mine").path;
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  EXPECT_EQ(CutLists::open(run().lists.at("mine").path).lists(Window::test).rows(), 4);
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_THAT(notices_[0], HasSubstr("the file of lists.mine in the cache is damaged"));
}

TEST_F(Prepare, KeepsFeaturesOfTheItemsThatAreLeft) {
  dataset_.filter.min_item_events = 2;
  dataset_.split.rank = dataset_.split.validation = 0;
  const PreparedData data = PreparedData::open(run().path);
  const auto years = data.array<float>("item.feature.year.values");
  ASSERT_EQ(std::ssize(years), data.items());
  EXPECT_LT(data.items(), 8);
  for (int64_t item = 0; item < data.items(); ++item) {
    EXPECT_EQ(years[item], 2000 + std::stof(std::string(data.item_id(item))));
  }
}

}  // namespace
}  // namespace assay::dataset
