#include "dataset/logged_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/prepared.h"
#include "impression_files.h"
#include "ingest/load.h"

namespace assay::ingest {
namespace {

using dataset::Impressions;
using dataset::PreparedData;
using dataset::RequestSetView;
using task::Window;
using test::list;
using testing::ElementsAre;
using testing::IsEmpty;

/// A log of 20 events, ten seconds apart from second 100 on, of users u0 to u3 and items i0 to i4
/// in turn: rank begins at 180, validation at 220, test at 260. Logged rows beside it.
class LoggedRowsOfALog : public test::ImpressionFiles {
 protected:
  void SetUp() override {
    std::string log = "user,item,at\n";
    for (int i = 0; i < 20; ++i)
      log += "u" + std::to_string(i % 4) + ",i" + std::to_string(i % 5) + "," +
             std::to_string(100 + 10 * i) + "\n";
    dataset_ = test::csv_at(folder_.write("log.csv", log));
    dataset_.where = "exp.yaml:2:3";
    dataset_.split = {.rank = 0.2, .validation = 0.2, .test = 0.2};
    folder_.write("rows.csv", R"(request,user,item,at,clicked
r1,u0,i0,150,0
r1,u0,i1,150,1
r2,u1,i2,185,0
r2,u1,x9,185,1
r3,u9,i0,225,1
r4,u0,i1,265,0
r4,u0,i3,265,1
r5,,i0,270,0
r5,,i1,270,0
r6,u1,i0,400,1
r6,u1,i0,400,1
)");
    dataset_.impressions = at("rows.csv");
    traffic_.requests = task::RequestUnit::logged;
    traffic_.exclude_seen = {};
  }
  dataset::PreparedRef load() {
    return load_dataset(dataset_, traffic_, fit_on_, 1, folder_.places(),
                        [this](const std::string& line) { notices_.push_back(line); });
  }
  std::string said() {
    return error_of(folder_, [&] { load(); });
  }
  /// As setUp(), with these logged rows.
  void write_rows(const std::string& rows) {
    folder_.write("rows.csv", "request,user,item,at,clicked\n" + rows);
  }
  task::DatasetSpec dataset_;
  task::TrafficSpec traffic_;
  task::FitOn fit_on_;
  std::vector<std::string> notices_;
};

std::vector<int64_t> row(const dataset::RaggedView& rows, int64_t r) {
  return {rows.row(r).begin(), rows.row(r).end()};
}

TEST_F(LoggedRowsOfALog, ATestWindowWithoutOneIsSaidAsWhatItIs) {
  write_rows("r1,u0,i0,265,0\nr2,u1,i2,285,0\n");
  EXPECT_EQ(
      said(),
      "exp.yaml:2:3: traffic.requests is logged, and none of the 2 logged requests in the test "
      "window has a positive row (click is the first label): there is nothing to find; enlarge "
      "the window, or take candidates: logged, which keeps such requests");
  write_rows("r1,u0,i0,110,1\nr2,u1,i2,120,0\n");
  EXPECT_EQ(said(),
            "exp.yaml:2:3: traffic.requests is logged, and none of the 2 logged requests "
            "(1970-01-01 00:01:50 UTC to 1970-01-01 00:02:00 UTC) is in the test window; are the "
            "logged rows "
            "of the time of the log? Enlarge the test window");
}

TEST_F(LoggedRowsOfALog, LieInTheWindowsOfTheLog) {
  const PreparedData data = PreparedData::open(load().path);
  const Impressions rows = Impressions::open(data.logged_rows_path());
  EXPECT_THAT(list(rows.window()), ElementsAre(0, 1, 2, 3, 3, 3));
  EXPECT_EQ(rows.info().at("windows").at("test"), 3);
}

TEST_F(LoggedRowsOfALog, UsersAndItemsThatTheLogLacksComeBehindItsOwn) {
  const PreparedData data = PreparedData::open(load().path);
  EXPECT_EQ(data.users(), 5);
  EXPECT_EQ(data.items(), 6);
  EXPECT_EQ(data.user_id(4), "u9");
  EXPECT_EQ(data.item_id(5), "x9");
  const Impressions rows = Impressions::open(data.logged_rows_path());
  EXPECT_THAT(list(rows.user()), ElementsAre(0, 1, 4, 0, -1, 1));
  EXPECT_THAT(list(rows.item()), ElementsAre(0, 1, 2, 5, 0, 1, 3, 0, 1, 0, 0));
  EXPECT_THAT(notices_, testing::Contains("logs: impressions: 1 user and 1 item are in no event of "
                                          "the log; they come behind its own"));
}

TEST_F(LoggedRowsOfALog, ARequestHasTheHistoryBeforeItsTimeAndThePositivesAsTruth) {
  const dataset::PreparedRef ref = load();
  const PreparedData data = PreparedData::open(ref.path);
  const RequestSetView test = data.requests(Window::test);
  EXPECT_THAT(list(test.user), ElementsAre(0, 1));  // r5 has nothing to find
  EXPECT_THAT(list(test.logged), ElementsAre(3, 5));
  EXPECT_EQ(test.time_us[0], 265'000'000);
  EXPECT_THAT(row(test.history, 0), ElementsAre(0, 4, 3, 2, 1));
  EXPECT_THAT(row(test.truth, 0), ElementsAre(3));
  EXPECT_THAT(row(test.truth, 1), ElementsAre(0));
  EXPECT_THAT(row(test.excluded, 0), IsEmpty());
  const nlohmann::json& removed = ref.info.at("removed");
  ASSERT_EQ(removed.size(), 1U);
  EXPECT_EQ(removed[0].at("reason"), "logged requests without a positive row");
  EXPECT_EQ(removed[0].at("events"), 1);
}

TEST_F(LoggedRowsOfALog, NothingOfItsOwnTimeOrLaterIsInAHistory) {
  std::string text = "request,user,item,at,clicked\nr1,u0,i1,260,1\nr2,u0,i1,261,1\n";
  folder_.write("rows.csv", text);
  const PreparedData data = PreparedData::open(load().path);
  const RequestSetView test = data.requests(Window::test);
  EXPECT_THAT(row(test.history, 0), ElementsAre(0, 4, 3, 2));     // not the event of second 260
  EXPECT_THAT(row(test.history, 1), ElementsAre(0, 4, 3, 2, 1));  // which is here
}

TEST_F(LoggedRowsOfALog, ExcludeWhatWasSeenBefore) {
  traffic_.exclude_seen = {Window::train};
  const PreparedData data = PreparedData::open(load().path);
  EXPECT_THAT(row(data.requests(Window::test).excluded, 0), ElementsAre(0, 1, 4));
  traffic_.candidates = task::CandidateSource::logged;
  const PreparedData shown = PreparedData::open(load().path);
  for (int64_t r = 0; r < 3; ++r)
    EXPECT_THAT(row(shown.requests(Window::test).excluded, r), IsEmpty());
}

TEST_F(LoggedRowsOfALog, RequestsWithoutAPositiveStayWhereRowsAreCandidates) {
  traffic_.candidates = task::CandidateSource::logged;
  const PreparedData data = PreparedData::open(load().path);
  const RequestSetView test = data.requests(Window::test);
  EXPECT_THAT(list(test.user), ElementsAre(-1, 0, 1));
  EXPECT_THAT(row(test.truth, 0), IsEmpty());
  EXPECT_THAT(row(test.history, 0), IsEmpty());
}

TEST_F(LoggedRowsOfALog, FurtherLabelsAreTargetsOfTheirOwnName) {
  dataset_.impressions->labels.push_back({.name = "shown", .column = "clicked", .at_least = 0});
  const PreparedData data = PreparedData::open(load().path);
  EXPECT_THAT(data.labels(), ElementsAre("click", "shown"));
  EXPECT_THAT(row(data.ragged("requests.test.target.shown"), 0), ElementsAre(1, 3));
}

TEST_F(LoggedRowsOfALog, KeysChangeOnlyWhereTheyAreUsed) {
  traffic_.requests = task::RequestUnit::per_user;
  const std::string unused = load().key;
  dataset_.impressions.reset();
  EXPECT_EQ(load().key, unused);
  dataset_.impressions = at("rows.csv");
  traffic_.requests = task::RequestUnit::logged;
  const std::string used = load().key;
  EXPECT_NE(used, unused);
  folder_.write("rows.csv", "request,user,item,at,clicked\nr1,u0,i1,261,1\n");
  EXPECT_NE(load().key, used);
}

TEST_F(LoggedRowsOfALog, AFileThatIsGoneIsMadeAgain) {
  const std::string path = PreparedData::open(load().path).logged_rows_path();
  std::filesystem::remove(path);
  load();
  EXPECT_EQ(Impressions::open(path).requests(), 6);
}

TEST_F(LoggedRowsOfALog, AreRefusedWhereNoTimeDividesTheLog) {
  dataset_.split = {
      .method = task::SplitMethod::leave_last_out, .rank = 1, .validation = 1, .test = 1};
  EXPECT_EQ(said(),
            "exp.yaml:2:3: split.method is leave_last_out, which divides no time that all users "
            "share, so it is not known which windows the logged rows belong to; use global_time or "
            "walk_forward");
  dataset_.split = {.rank = 0.2, .validation = 0.2, .test = 0.2};
  dataset_.impressions->columns.erase("time");
  EXPECT_EQ(said(),
            "exp.yaml:2:3: the logged rows have no times, so it is not known which windows the "
            "logged rows belong to; name the column of times");
  dataset_.impressions.reset();
  EXPECT_EQ(said(),
            "exp.yaml:2:3: traffic.requests is logged, and the data set has no logged rows: name "
            "them in source.impressions");
}

/// Twenty requests of two rows each, the second of every other one clicked; no log beside them.
class LoggedRowsAlone : public LoggedRowsOfALog {
 protected:
  void SetUp() override {
    LoggedRowsOfALog::SetUp();
    write("request,user,item,at,clicked\n", true);
    dataset_.path.clear();
    dataset_.format = "impressions";
    dataset_.columns.clear();
  }
  void write(std::string text, bool times) {
    for (int r = 0; r < 20; ++r) {
      for (int row = 0; row < 2; ++row) {
        text += "r" + std::to_string(r) + ",u" + std::to_string(r % 3) + ",i" +
                std::to_string((r + row) % 5) + ",";
        if (times) text += std::to_string(100 + r) + ",";
        text += std::string(row == 1 && r % 2 == 1 ? "1" : "0") + "\n";
      }
    }
    folder_.write("rows.csv", text);
  }
};

TEST_F(LoggedRowsAlone, RequestsAreSplitAndEventsFollowThem) {
  const PreparedData data = PreparedData::open(load().path);
  EXPECT_EQ(data.events(), 10);
  const Impressions rows = Impressions::open(data.logged_rows_path());
  EXPECT_EQ(rows.info().at("windows").dump(), R"({"rank":4,"test":4,"train":8,"validation":4})");
  EXPECT_THAT(list(data.array<uint8_t>("event.window")), ElementsAre(0, 0, 0, 0, 1, 1, 2, 2, 3, 3));
  EXPECT_THAT(list(data.requests(Window::test).logged), ElementsAre(19, 17));  // by user
}

TEST_F(LoggedRowsAlone, WithoutTimesTheOrderOfTheTableCounts) {
  write("request,user,item,clicked\n", false);
  dataset_.impressions->columns.erase("time");
  const PreparedData data = PreparedData::open(load().path);
  const RequestSetView test = data.requests(Window::test);
  EXPECT_THAT(list(test.logged), ElementsAre(19, 17));
  EXPECT_EQ(test.time_us[0], -1);
  // u1 had a positive in requests 1, 7 and 13: items (r + 1) % 5.
  EXPECT_THAT(row(test.history, 0), ElementsAre(2, 3, 4));
}

TEST_F(LoggedRowsAlone, ASplitByUsersIsRefused) {
  dataset_.split.method = task::SplitMethod::cold_users;
  EXPECT_EQ(said(),
            "exp.yaml:2:3: split.method is cold_users, but the requests of logged rows without a "
            "log beside them are split as a whole; use global_time, walk_forward, random or "
            "row_hash");
}

TEST_F(LoggedRowsAlone, AreALogForRequestsOfOtherKindsToo) {
  traffic_.requests = task::RequestUnit::per_user;
  const PreparedData data = PreparedData::open(load().path);
  EXPECT_THAT(list(data.requests(Window::test).user), ElementsAre(1, 2));
}

}  // namespace
}  // namespace assay::ingest
