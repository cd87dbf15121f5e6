#include "ingest/time_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using test::imported;
using test::values;
using test::write_parquet;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t k2024May31 = 1717180200000000;  // 18:30 UTC
constexpr int64_t kHour = int64_t{3'600} * dataset::kMicroseconds;

class WrittenTimes : public test::LogTables {
 protected:
  void SetUp() override { setenv("TZDIR", ASSAY_SOURCE_DIR "/tests/unit/clock/zoneinfo", 1); }

  task::DatasetSpec at(const std::string& name, const std::string& format,
                       const task::TimeFormat& time) const {
    task::DatasetSpec dataset = LogTables::at(name, format, "t");
    dataset.time = time;
    return dataset;
  }
  /// A log in CSV with these times.
  task::DatasetSpec csv(const std::vector<std::string>& times, const task::TimeFormat& time) const {
    std::string text = "user,item,t\n";
    for (const std::string& one : times) text += "1,1," + one + "\n";
    folder_.write("log.csv", text);
    return at("log.csv", "csv", time);
  }
  task::DatasetSpec parquet(const std::shared_ptr<arrow::DataType>& type, const std::string& list,
                            const task::TimeFormat& time) const {
    write_parquet(folder_.path("log.parquet"), {{"user", arrow::int64(), "[1, 2]"},
                                                {"item", arrow::int64(), "[1, 2]"},
                                                {"t", type, list}});
    return at("log.parquet", "parquet", time);
  }
  /// The same two times, as they stand in a JSON line, in each format that has times.
  std::vector<task::DatasetSpec> in_every_format(const std::string& first,
                                                 const std::string& second,
                                                 const task::TimeFormat& time) const {
    const auto bare = [](std::string text) {
      std::erase(text, '"');
      return text;
    };
    const bool quoted = first.starts_with('"');
    const std::string a = bare(first), b = bare(second);
    folder_.write("log.csv", "user,item,t\n1,1," + a + "\n2,2," + b + "\n");
    folder_.write("log.tsv", "user\titem\tt\n1\t1\t" + a + "\n2\t2\t" + b + "\n");
    folder_.write("log.jsonl", "{\"user\": 1, \"item\": 1, \"t\": " + first +
                                   "}\n{\"user\": 2, \"item\": 2, \"t\": " + second + "}\n");
    folder_.write("log.inter",
                  "user:token\titem:token\tt:float\n1\t1\t" + a + "\n2\t2\t" + b + "\n");
    return {
        at("log.csv", "csv", time), at("log.tsv", "tsv", time), at("log.jsonl", "jsonl", time),
        at("log.inter", "recbole", time),
        parquet(quoted ? arrow::utf8() : arrow::int64(), "[" + first + ", " + second + "]", time)};
  }
  std::vector<int64_t> times(const task::DatasetSpec& dataset) const {
    return values<int64_t>(imported(folder_, dataset).file(), "event.time_us");
  }
};

TEST_F(WrittenTimes, OfEachUnitAreTheSameInEveryFormat) {
  const std::vector<std::pair<std::string, std::string>> second_of_unit = {
      {"s", "1717180200"},
      {"ms", "1717180200000"},
      {"us", "1717180200000000"},
      {"ns", "1717180200000000999"}};
  for (const auto& [unit, second] : second_of_unit) {
    for (const task::DatasetSpec& dataset :
         in_every_format(second, second.substr(0, 9) + "1" + second.substr(10), {.unit = unit}))
      EXPECT_THAT(times(dataset), ElementsAre(k2024May31, k2024May31 + 1'000'000))
          << unit << " in " << dataset.format;
  }
  for (const task::DatasetSpec& dataset : in_every_format("19875", "19874", {.unit = "day"}))
    EXPECT_THAT(times(dataset), ElementsAre(1717113600000000, 1717200000000000));
}

TEST_F(WrittenTimes, OfAUnitMayHaveFractionsAndAreNoDays) {
  EXPECT_THAT(times(csv({"1717180200000.5", "1717180200000.25"}, {.unit = "ms"})),
              ElementsAre(k2024May31 + 250, k2024May31 + 500));
  EXPECT_THAT(
      times(parquet(arrow::float64(), "[1717180200000.5, 1717180200000.25]", {.unit = "ms"})),
      ElementsAre(k2024May31 + 250, k2024May31 + 500));
  EXPECT_THAT(times(csv({"20240131"}, {.unit = "s"})), ElementsAre(20240131000000));
}

TEST_F(WrittenTimes, OfAFormatAreTheSameInEveryFormat) {
  for (const task::DatasetSpec& dataset :
       in_every_format("\"31/05/2024 18:30\"", "\"31/05/2024 8:05\"", {.format = "%d/%m/%Y %H:%M"}))
    EXPECT_THAT(times(dataset), ElementsAre(k2024May31 - 10 * kHour - 25 * kHour / 60, k2024May31))
        << dataset.format;
  for (const task::DatasetSpec& dataset :
       in_every_format("20240531", "20240530", {.format = "%Y%m%d"}))
    EXPECT_THAT(times(dataset), ElementsAre(1717027200000000, 1717113600000000)) << dataset.format;
}

TEST_F(WrittenTimes, OfAZoneAreTurnedIntoUtcInEveryFormat) {
  for (const task::DatasetSpec& dataset : in_every_format(
           "\"2024-06-01 02:30:00\"", "\"2024-05-31 18:30:00Z\"", {.zone = "Asia/Shanghai"}))
    EXPECT_THAT(times(dataset), ElementsAre(k2024May31, k2024May31)) << dataset.format;
  for (const task::DatasetSpec& dataset :
       in_every_format("\"01.06.2024 02:30\"", "\"01.06.2024 02:31\"",
                       {.format = "%d.%m.%Y %H:%M", .zone = "Asia/Shanghai"}))
    EXPECT_THAT(times(dataset), ElementsAre(k2024May31, k2024May31 + 60'000'000)) << dataset.format;
  EXPECT_THAT(times(csv({"19875"}, {.unit = "day", .zone = "Asia/Shanghai"})),
              ElementsAre(1717200000000000 - 8 * kHour));
}

TEST_F(WrittenTimes, OfTimestampsAreMovedWhereTheyNameNoZone) {
  const task::TimeFormat shanghai = {.zone = "Asia/Shanghai"};
  const std::string both = "[1717209000000000, 1717209000000000]";
  EXPECT_THAT(times(parquet(arrow::timestamp(arrow::TimeUnit::MICRO), both, shanghai)),
              ElementsAre(k2024May31, k2024May31));
  EXPECT_THAT(times(parquet(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), both, shanghai)),
              ElementsAre(1717209000000000, 1717209000000000));
  EXPECT_THAT(times(parquet(arrow::date32(), "[19875, 19875]", shanghai)),
              ElementsAre(1717200000000000 - 8 * kHour, 1717200000000000 - 8 * kHour));
  EXPECT_THAT(times(parquet(arrow::date64(), "[1717200000000, 1717200000000]", shanghai)),
              ElementsAre(1717200000000000 - 8 * kHour, 1717200000000000 - 8 * kHour));
}

TEST_F(WrittenTimes, ThatAZoneHasTwiceAreTheEarlierAndThoseItSkippedAreErrors) {
  const task::TimeFormat new_york = {.zone = "America/New_York"};
  EXPECT_THAT(times(csv({"2024-11-03 01:30:00"}, new_york)), ElementsAre(1730611800000000));
  EXPECT_EQ(error(csv({"2024-03-10 03:00:00", "2024-03-10 02:30:00"}, new_york)),
            "log.csv:3: t is \"2024-03-10 02:30:00\", which no clock of America/New_York (zone of "
            "columns.time) showed: clocks were turned forward over it");
}

TEST_F(WrittenTimes, ThatDoNotFitAreSaidWithLineTextAndFormat) {
  const task::TimeFormat format = {.format = "%d/%m/%Y %H:%M"};
  EXPECT_EQ(error(csv({"31/05/2024 18:30", "2024-05-31 18:30:00"}, format)),
            "log.csv:3: t is \"2024-05-31 18:30:00\", which does not fit the format \"%d/%m/%Y "
            "%H:%M\" of columns.time");
  EXPECT_EQ(
      error(csv({"30/02/2024 18:30"}, format)),
      "log.csv:2: t is \"30/02/2024 18:30\", which does not fit the format \"%d/%m/%Y %H:%M\" "
      "of columns.time");
  EXPECT_EQ(
      error(csv({"31/05/2099 18:30"}, format)),
      "log.csv:2: t is \"31/05/2099 18:30\", which is in the future; expected a time from 1970 "
      "to now");
  EXPECT_EQ(error(parquet(arrow::timestamp(arrow::TimeUnit::MICRO), "[1, 2]", format)),
            "log.parquet, row 1: t is 1970-01-01 00:00:00.000001, a timestamp; format of "
            "columns.time is of texts: remove it");
  EXPECT_EQ(error(parquet(arrow::float64(), "[1.5, 2]", format)),
            "log.parquet, row 1: t is 1.5; expected a text of the format \"%d/%m/%Y %H:%M\" "
            "(columns.time)");
}

TEST_F(WrittenTimes, OfAUnitTakeNumbersAlone) {
  EXPECT_EQ(error(csv({"1717180200000", "2024-05-31"}, {.unit = "ms"})),
            "log.csv:3: t is \"2024-05-31\"; expected milliseconds since 1970 (unit: ms of "
            "columns.time)");
  EXPECT_EQ(
      error(parquet(arrow::timestamp(arrow::TimeUnit::MICRO), "[1, 2]", {.unit = "ms"})),
      "log.parquet, row 1: t is 1970-01-01 00:00:00.000001, a timestamp; unit of columns.time "
      "is of numbers: remove it");
  EXPECT_EQ(error(csv({"1717180200"}, {.zone = "Asia/Shanghai"})),
            "log.csv:2: t is \"1717180200\"; zone of columns.time is of times that are written as "
            "such, and seconds since 1970 are UTC: remove it, or write format: \"%Y%m%d\" for days "
            "such as 20240131");
}

TEST_F(WrittenTimes, InMillisecondsThatAreTakenForSecondsNameTheUnit) {
  for (const task::DatasetSpec& dataset : in_every_format("1717180200000", "1717180200000", {})) {
    EXPECT_THAT(error(dataset),
                HasSubstr(": t is \"1717180200000\", but times are in seconds since 1970, UTC; in "
                          "milliseconds it is 2024-05-31 18:30:00: write columns: {time: {name: t, "
                          "unit: ms}}"))
        << dataset.format;
  }
  EXPECT_THAT(
      error(csv({"1717180200000000"}, {.unit = "ms"})),
      HasSubstr("in milliseconds since 1970, UTC; in microseconds it is 2024-05-31 18:30:00: "
                "write columns: {time: {name: t, unit: us}}"));
  EXPECT_THAT(error(csv({"1717180200000000000"}, {})), HasSubstr("unit: ns}}"));
  EXPECT_EQ(
      error(csv({"99999999999999999999"}, {.unit = "ns"})),
      "log.csv:2: t is \"99999999999999999999\", but times are in nanoseconds since 1970, UTC; "
      "this one is in the future");
  EXPECT_EQ(error(csv({"-1"}, {.unit = "day"})),
            "log.csv:2: t is \"-1\", but times are in days since 1970, UTC; times before 1970 are "
            "not supported");
}

TEST_F(WrittenTimes, InSecondsThatAreTakenForMillisecondsNameTheUnit) {
  for (const task::DatasetSpec& dataset :
       in_every_format("1717180200", "1717180201", {.unit = "ms"})) {
    EXPECT_THAT(
        error(dataset),
        HasSubstr(": t in milliseconds (unit: ms) is 1970-01-20 20:59:40.200000 to 1970-01-20 "
                  "20:59:40.201000 UTC, and in seconds 2024-05-31 18:30:00 to 2024-05-31 "
                  "18:30:01; write unit: s"))
        << dataset.format;
  }
  EXPECT_THAT(error(csv({"1717180200000"}, {.unit = "ns"})), HasSubstr("write unit: ms"));
  EXPECT_THAT(times(csv({"0", "1717180200"}, {.unit = "ms"})), ElementsAre(0, 1717180200000))
      << "counted from a beginning of its own";
}

TEST_F(WrittenTimes, OfFeatureFilesAreWrittenAsThoseOfTheEvents) {
  const auto known_since = [&](const task::TimeFormat& time, const std::string& events,
                               const std::string& rows) {
    task::DatasetSpec dataset = csv({events, events}, time);
    folder_.write("items.csv", "item,price,t\n1,5," + rows + "\n");
    dataset.features = {{.of = "item",
                         .path = folder_.path("items.csv"),
                         .format = "csv",
                         .id = "item",
                         .columns = {{"price", "number"}},
                         .where = {}}};
    const std::string what = error(dataset);
    return what.empty() ? fmt::format("{}", values<int64_t>(imported(folder_, dataset).file(),
                                                            "item.known_since_us")[0])
                        : what;
  };
  EXPECT_EQ(known_since({.unit = "ms"}, "1717180200000", "1717180200000"), "1717180200000000");
  EXPECT_EQ(
      known_since({.format = "%d.%m.%Y", .zone = "Asia/Shanghai"}, "01.06.2024", "02.06.2024"),
      "1717257600000000");
  EXPECT_EQ(known_since({.format = "%d.%m.%Y"}, "01.06.2024", "2024-06-02"),
            "items.csv:2: t is \"2024-06-02\", which does not fit the format \"%d.%m.%Y\" of "
            "columns.time");
  folder_.write("toy/toy.inter",
                "user_id:token\titem_id:token\ttimestamp:float\n1\t1\t1717180200000\n");
  folder_.write("toy/toy.item",
                "item_id:token\tprice:float\ttimestamp:float\n1\t5\t1717180200000\n");
  task::DatasetSpec recbole = test::dataset_at(folder_.path("toy"), "recbole");
  recbole.time = {.unit = "ms"};
  EXPECT_THAT(values<int64_t>(imported(folder_, recbole).file(), "item.known_since_us"),
              ElementsAre(k2024May31));
}

TEST_F(WrittenTimes, AreReadInManyBatchesAndTheFirstThatDoesNotFitIsSaid) {
  std::string text = "user,item,t\n";
  for (int i = 0; i < 200'000; ++i) text += "1,1,31/05/2024 18:30\n";
  folder_.write("log.csv", text + "1,1,31.05.2024 18:30\n1,1,soon\n");
  const task::TimeFormat format = {.format = "%d/%m/%Y %H:%M"};
  EXPECT_THAT(error(at("log.csv", "csv", format)),
              HasSubstr("log.csv:200002: t is \"31.05.2024 18:30\", which does not fit"));
  folder_.write("log.csv", text);
  EXPECT_EQ(times(at("log.csv", "csv", format)).size(), 200'000u);
}

TEST_F(WrittenTimes, OfUnknownWordsAreErrorsOfTheExperiment) {
  const auto with = [&](const task::TimeFormat& time) {
    task::DatasetSpec dataset = csv({"1"}, time);
    dataset.where = "exp.yaml:2";
    return error(dataset);
  };
  EXPECT_EQ(
      with({.unit = "sec"}),
      "exp.yaml:2: unit of columns.time is \"sec\", which is not known; known: s, ms, us, ns, "
      "day");
  EXPECT_EQ(with({.format = "%d/%m/%Y %H:%i"}),
            "exp.yaml:2: format of columns.time is \"%d/%m/%Y %H:%i\", which has %i, no directive "
            "that is known; did you mean %M?");
  EXPECT_EQ(with({.zone = "Asia/Shangai"}),
            "exp.yaml:2: zone of columns.time is \"Asia/Shangai\", which is no time zone that this "
            "machine knows; did you mean \"Asia/Shanghai\"?");
}

TEST_F(WrittenTimes, EnterTheKeyOfTheImportOnlyWhereTheyAreUsed) {
  const auto key = [&](const task::TimeFormat& time) {
    return import_dataset(csv({"1717180200"}, time), folder_.places()).key;
  };
  EXPECT_EQ(key({}), "9999930a7784021c872d10ad1f6014034cd7b26c7d15cd5da6c40c86b2f4afa3")
      << "as the versions before had it";
  EXPECT_NE(key({}), key({.unit = "s"}));
}

}  // namespace
}  // namespace assay::ingest
