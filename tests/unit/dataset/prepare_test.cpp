#include "dataset/fit_windows.h"
#include "prepared_ratings.h"

namespace assay::dataset {
namespace {

using test::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Prepare : public PreparedRatings {};

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
  const PreparedData repeated = PreparedData::open(run().path);
  EXPECT_FALSE(repeated.requests(task::Window::test).distinct_histories);
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
