#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using test::imported;
using test::seconds;
using test::texts;
using test::values;
using test::write_parquet;
using testing::ElementsAre;

class MissingTimes : public test::LogTables {
 protected:
  /// The same log in every format: its second and fourth row have no time.
  std::vector<task::DatasetSpec> in_every_format() const {
    folder_.write("log.csv", "user,item,at\nc,1,30\nz,9,\na,2,10\na,3,\nb,2,20\n");
    folder_.write("log.tsv", "user\titem\tat\nc\t1\t30\nz\t9\t\na\t2\t10\na\t3\t\nb\t2\t20\n");
    folder_.write(
        "log.jsonl",
        "{\"user\": \"c\", \"item\": \"1\", \"at\": 30}\n{\"user\": \"z\", \"item\": "
        "\"9\"}\n{\"user\": \"a\", \"item\": \"2\", \"at\": 10}\n{\"user\": \"a\", "
        "\"item\": \"3\", \"at\": null}\n{\"user\": \"b\", \"item\": \"2\", \"at\": 20}\n");
    folder_.write(
        "log.inter",
        "user:token\titem:token\tat:float\nc\t1\t30\nz\t9\t\na\t2\t10\na\t3\t\nb\t2\t20\n");
    write_parquet(folder_.path("log.parquet"),
                  {{"user", arrow::utf8(), R"(["c", "z", "a", "a", "b"])"},
                   {"item", arrow::utf8(), R"(["1", "9", "2", "3", "2"])"},
                   {"at", arrow::float64(), "[30, null, 10, NaN, 20]"}});
    write_parquet(folder_.path("typed.parquet"),
                  {{"user", arrow::utf8(), R"(["c", "z", "a", "a", "b"])"},
                   {"item", arrow::utf8(), R"(["1", "9", "2", "3", "2"])"},
                   {"at", arrow::timestamp(arrow::TimeUnit::SECOND), "[30, null, 10, null, 20]"}});
    return {at("log.csv", "csv"),         at("log.tsv", "tsv"),
            at("log.jsonl", "jsonl"),     at("log.inter", "recbole"),
            at("log.parquet", "parquet"), at("typed.parquet", "parquet")};
  }
};

TEST_F(MissingTimes, AreErrorsThatNameTheKey) {
  for (const task::DatasetSpec& dataset : in_every_format()) {
    EXPECT_THAT(error(dataset),
                testing::EndsWith(": at is empty; every event has a time, unless clean: "
                                  "{missing_times: drop} drops those without one"))
        << dataset.format;
  }
  EXPECT_THAT(error(at("log.csv", "csv")), testing::StartsWith("log.csv:3: "));
  EXPECT_THAT(error(at("log.parquet", "parquet")), testing::StartsWith("log.parquet, row 2: "));
}

TEST_F(MissingTimes, AreDroppedWithTheirUsersAndItemsAndCounted) {
  for (task::DatasetSpec dataset : in_every_format()) {
    dataset.clean.missing_times = true;
    const dataset::ImportedData log = imported(folder_, dataset);
    EXPECT_THAT(seconds(log.file(), "event.time_us"), ElementsAre(10, 20, 30)) << dataset.format;
    EXPECT_THAT(texts(log.user_ids()), ElementsAre("a", "b", "c")) << "z has no event";
    EXPECT_THAT(texts(log.item_ids()), ElementsAre("1", "2"));
    EXPECT_THAT(values<int32_t>(log.file(), "event.row"), ElementsAre(2, 4, 0))
        << "places in the file, in " << dataset.format;
    EXPECT_EQ(log.info().at("missing_times"), 2);
  }
}

TEST_F(MissingTimes, LeaveWhatElseIsWrongInTheirRowsUnsaidAndLinesAsTheyAre) {
  task::DatasetSpec dataset = at("log.csv", "csv");
  dataset.clean.missing_times = true;
  folder_.write("log.csv", "user,item,at\n,1,\n1,1,5\n\n2,,\n3,3,x\n");
  EXPECT_EQ(error(dataset),
            "log.csv:6: at is \"x\"; expected seconds since 1970, or a time such as 2024-05-31 "
            "18:30:00");
}

TEST_F(MissingTimes, AreDroppedInEveryBatch) {
  std::string text = "user,item,at,stars\n";
  for (int i = 0; i < 300'000; ++i)
    text += fmt::format("{},{},{},{}\n", i % 7, i % 11, i % 3 == 0 ? "" : std::to_string(i), i % 5);
  folder_.write("log.csv", text);
  task::DatasetSpec dataset = at("log.csv", "csv");
  dataset.clean.missing_times = true;
  const dataset::ImportedData log = imported(folder_, dataset);
  EXPECT_EQ(log.events(), 200'000);
  EXPECT_EQ(log.info().at("missing_times"), 100'000);
  const auto rows = values<int32_t>(log.file(), "event.row");
  const auto stars = values<double>(log.file(), "event.number.stars");
  const auto at = values<int64_t>(log.file(), "event.time_us");
  for (size_t e = 0; e < rows.size(); e += 997) {
    EXPECT_EQ(rows[e], at[e] / 1'000'000);
    EXPECT_EQ(stars[e], rows[e] % 5);
  }
}

TEST_F(MissingTimes, OfAllRowsLeaveNoEvent) {
  task::DatasetSpec dataset = at("log.csv", "csv");
  dataset.clean.missing_times = true;
  folder_.write("log.csv", "user,item,at\n1,1,\n2,2,\n");
  EXPECT_EQ(error(dataset),
            "log.csv: has no event: all 2 rows lack a time, and clean: {missing_times: drop} drops "
            "them");
}

TEST_F(MissingTimes, AreToldAsOtherRemovals) {
  task::DatasetSpec dataset = at("log.csv", "csv");
  folder_.write("log.csv", "user,item,at\n1,1,1\n1,2,2\n1,3,\n2,1,1\n2,2,2\n");
  dataset.clean.missing_times = true;
  dataset.split = {
      .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
  const auto removed = [&] {
    return load_dataset(dataset, {}, {}, 1, folder_.places()).info.at("removed");
  };
  EXPECT_EQ(removed(), nlohmann::json::parse(R"([{"step": "clean", "reason": "missing_times",
                                                  "users": 0, "items": 0, "events": 1}])"));
  dataset.columns.erase("time");
  EXPECT_EQ(test::error_of(folder_, removed),
            "clean.missing_times needs times, and the events have none");
}

TEST_F(MissingTimes, ThatAreErrorsLeaveTheKeyOfTheImportAsItWas) {
  folder_.write("log.csv", "user,item,at\n1,1,1\n");
  task::DatasetSpec dataset = at("log.csv", "csv");
  const std::string key = import_dataset(dataset, folder_.places()).key;
  EXPECT_FALSE(imported(folder_, dataset).info().contains("missing_times"));
  dataset.clean.missing_times = true;
  EXPECT_NE(import_dataset(dataset, folder_.places()).key, key);
}

}  // namespace
}  // namespace assay::ingest
