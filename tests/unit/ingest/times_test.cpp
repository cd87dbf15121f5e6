#include "ingest/times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using test::dataset_at;
using test::error_of;
using test::imported;
using test::TestFolder;
using test::values;
using test::write_parquet;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kDay = int64_t{86'400} * dataset::kMicroseconds;
constexpr int64_t k2020July4 = int64_t{18'447} * kDay;
constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

TEST(IsoTimes, AreKeptToTheMicrosecondInAnyYear) {
  EXPECT_EQ(parse_iso_time("1970-01-01 00:00:01.5"), 1'500'000);
  EXPECT_EQ(parse_iso_time("1970-01-01T00:00:00.123456789Z"), 123'456);
  EXPECT_EQ(parse_iso_time("1970-01-01T08:00:00.0000019+08:00"), 1);
  EXPECT_EQ(parse_iso_time("1969-12-31 23:59:59"), -1'000'000);
  EXPECT_EQ(shown_time(*parse_iso_time("2567-01-01 12:30:00")), "2567-01-01 12:30:00");
  EXPECT_EQ(parse_iso_time("2024-01-01T00:00:00.x"), std::nullopt);
  EXPECT_EQ(parse_iso_time("soon"), std::nullopt);
}

TEST(ShownTime, IsWhatPeopleWrite) {
  EXPECT_EQ(shown_time(0), "1970-01-01 00:00:00");
  EXPECT_EQ(shown_time(-1), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(shown_time(-188'179'200'000'000), "1964-01-15 00:00:00");
  EXPECT_EQ(shown_time(kLargest), "infinity");
  EXPECT_EQ(shown_time(-kLargest - 1), "-infinity");
  EXPECT_EQ(shown_time(kLargest - 1), "294247-01-10 04:00:54.775806");
}

TEST(Ticks, AreRoundedDownAndNeverWrap) {
  EXPECT_EQ(microseconds_of_ticks(7'000'001'999, 1'000'000'000), 7'000'001);
  EXPECT_EQ(microseconds_of_ticks(-1, 1'000'000'000), -1);
  EXPECT_EQ(microseconds_of_ticks(-3, 1'000), -3'000);
  EXPECT_EQ(microseconds_of_ticks(kLargest / 10, 1), kLargest);
  EXPECT_EQ(microseconds_of_ticks(-kLargest / 10, 1'000), -kLargest - 1);
  EXPECT_EQ(microseconds_of_ticks(kLargest, 1'000'000'000), kLargest) << "DuckDB's infinity";
}

TEST(CompactDates, AreReadWhereEveryNumberIsADay) {
  const auto read = [](std::vector<int64_t> seconds) {
    for (int64_t& second : seconds) second *= dataset::kMicroseconds;
    const bool days = read_compact_dates(seconds, "t", "log.csv");
    return days ? seconds : std::vector<int64_t>();
  };
  EXPECT_THAT(read({20200704, 20200703, 19700101, 20240229}),
              ElementsAre(k2020July4, k2020July4 - kDay, 0, 19'782 * kDay));
  EXPECT_THAT(read({20200704, 20200732}), testing::IsEmpty()) << "a July has 31 days";
  EXPECT_THAT(read({20230229}), testing::IsEmpty());
  EXPECT_THAT(read({20201301}), testing::IsEmpty());
  EXPECT_THAT(read({19691231}), testing::IsEmpty()) << "that is a second of 1970, or too early";
  EXPECT_THAT(read({1593820800, 20200704}), testing::IsEmpty());
  EXPECT_THAT(read({}), testing::IsEmpty());
  std::vector<int64_t> fraction = {20200704 * dataset::kMicroseconds + 1};
  EXPECT_FALSE(read_compact_dates(fraction, "t", "log.csv"));
  EXPECT_THROW(read({20990101}), error::UserError);
}

class Times : public test::LogTables {
 protected:
  task::DatasetSpec at(const std::string& name, const std::string& format) const {
    return LogTables::at(name, format, "t");
  }
  std::vector<int64_t> times(const task::DatasetSpec& dataset) {
    return values<int64_t>(imported(folder_, dataset).file(), "event.time_us");
  }
  /// Imports a Parquet log whose times are of that type.
  task::DatasetSpec parquet(const std::shared_ptr<arrow::DataType>& type,
                            const std::string& time_list, const std::string& ids = "[1, 2]") {
    write_parquet(
        folder_.path("log.parquet"),
        {{"user", arrow::int64(), ids}, {"item", arrow::int64(), ids}, {"t", type, time_list}});
    return at("log.parquet", "parquet");
  }
  /// The same two times in a file of each format that has times.
  std::vector<task::DatasetSpec> in_every_format(const std::string& first,
                                                 const std::string& second) {
    folder_.write("log.csv", "user,item,t\n1,1," + first + "\n2,2," + second + "\n");
    folder_.write("log.tsv", "user\titem\tt\n1\t1\t" + first + "\n2\t2\t" + second + "\n");
    folder_.write("log.jsonl", "{\"user\": 1, \"item\": 1, \"t\": " + first +
                                   "}\n{\"user\": 2, \"item\": 2, \"t\": " + second + "}\n");
    folder_.write("log.inter",
                  "user:token\titem:token\tt:float\n1\t1\t" + first + "\n2\t2\t" + second + "\n");
    const bool whole = first.find('.') == std::string::npos;
    return {at("log.csv", "csv"), at("log.tsv", "tsv"), at("log.jsonl", "jsonl"),
            at("log.inter", "recbole"),
            parquet(whole ? arrow::int64() : arrow::float64(), "[" + first + ", " + second + "]")};
  }
};

TEST_F(Times, FractionsOrderEventsInEveryFormatAndFileOrderOnlyEqualTimes) {
  for (const task::DatasetSpec& dataset : in_every_format("1700000000.9", "1700000000.1")) {
    const dataset::ImportedData log = imported(folder_, dataset);
    EXPECT_THAT(values<int64_t>(log.file(), "event.time_us"),
                ElementsAre(1700000000100000, 1700000000900000))
        << dataset.format;
    EXPECT_THAT(values<int32_t>(log.file(), "event.user"), ElementsAre(1, 0)) << dataset.format;
  }
  for (const task::DatasetSpec& dataset : in_every_format("1700000000.5", "1700000000.5"))
    EXPECT_THAT(values<int32_t>(imported(folder_, dataset).file(), "event.user"), ElementsAre(0, 1))
        << dataset.format;
}

TEST_F(Times, DaysThatAreWrittenAsNumbersAreDaysInEveryFormat) {
  for (const task::DatasetSpec& dataset : in_every_format("20200704", "20200703")) {
    EXPECT_THAT(times(dataset), ElementsAre(k2020July4 - kDay, k2020July4)) << dataset.format;
    EXPECT_TRUE(imported(folder_, dataset).info().at("dates_are_numbers").get<bool>());
  }
  EXPECT_THAT(times(parquet(arrow::utf8(), R"(["20200704", "20200703"])")),
              ElementsAre(k2020July4 - kDay, k2020July4));
  EXPECT_THAT(times(parquet(arrow::int32(), "[20200704, 20200703]")),
              ElementsAre(k2020July4 - kDay, k2020July4));
}

TEST_F(Times, DaysOfSeveralFilesAreDaysOnlyTogether) {
  const auto write = [&](const std::string& name, const std::string& time) {
    write_parquet(folder_.path("log/" + name), {{"user", arrow::int64(), "[1]"},
                                                {"item", arrow::int64(), "[1]"},
                                                {"t", arrow::int64(), "[" + time + "]"}});
  };
  write("a.parquet", "20200703");
  write("b.parquet", "20200704");
  EXPECT_THAT(times(at("log", "parquet")), ElementsAre(k2020July4 - kDay, k2020July4));
  write("b.parquet", "1593820800");
  EXPECT_THAT(times(at("log", "parquet")), ElementsAre(20200703000000, 1593820800000000));
}

TEST_F(Times, WhatIsWrittenAsATimeIsNoDayWhateverItsNumber) {
  EXPECT_THAT(
      times(parquet(arrow::timestamp(arrow::TimeUnit::MICRO), "[20200704000000, 20200703000000]")),
      ElementsAre(20200703000000, 20200704000000));
  folder_.write("log.csv", "user,item,t\n1,1,20200704\n1,2,1970-08-22 19:18:24\n");
  EXPECT_THAT(times(at("log.csv", "csv")), ElementsAre(20200704000000, 20200704000000));
}

TEST_F(Times, ADayInTheFutureIsRefused) {
  folder_.write("log.csv", "user,item,t\n1,1,20200704\n1,2,20991231\n");
  EXPECT_EQ(error(at("log.csv", "csv")),
            "log.csv: t is 20991231, which is in the future; expected a time from 1970 to now");
}

TEST_F(Times, TheTimeOfAFeatureRowMayBeADayToo) {
  folder_.write("log.csv", "user,item,t\n1,1,20200704\n2,2,20200703\n");
  folder_.write("items.csv", "item,price,t\n1,5,20200704\n2,6,20200701\n");
  task::DatasetSpec dataset = at("log.csv", "csv");
  dataset.features = {{.of = "item",
                       .path = folder_.path("items.csv"),
                       .format = "csv",
                       .id = "item",
                       .columns = {{"price", "number"}},
                       .where = {}}};
  EXPECT_THAT(values<int64_t>(imported(folder_, dataset).file(), "item.known_since_us"),
              ElementsAre(k2020July4, k2020July4 - 3 * kDay));
}

TEST_F(Times, OfInt96AfterTheYear2262AreRefusedAndNeverWrap) {
  task::DatasetSpec dataset = at("", "parquet");
  dataset.columns["time"] = "at";
  dataset.path = std::string(ASSAY_SOURCE_DIR) + "/tests/unit/ingest/files/int96_2567.parquet";
  EXPECT_THAT(error(dataset),
              HasSubstr("int96_2567.parquet, row 1: at is 2567-01-01 00:00:00, "
                        "which is in the future; expected a time from 1970 to now"));
  EXPECT_THAT(error(parquet(arrow::timestamp(arrow::TimeUnit::MICRO),
                            "[18839520000000000, 18839520000000000]")),
              HasSubstr("row 1: t is 2567-01-01 00:00:00, which is in the future"));
}

TEST_F(Times, OutOfRangeAreSaidAsTheyStandInTheFile) {
  const std::string expected = "; expected a time from 1970 to now";
  EXPECT_EQ(error(parquet(arrow::timestamp(arrow::TimeUnit::MICRO), "[1, -188179200000000]")),
            "log.parquet, row 2: t is 1964-01-15 00:00:00, which is before 1970" + expected);
  EXPECT_EQ(error(parquet(arrow::timestamp(arrow::TimeUnit::MICRO), "[1, 9223372036854775807]")),
            "log.parquet, row 2: t is infinity" + expected);
  EXPECT_EQ(error(parquet(arrow::timestamp(arrow::TimeUnit::MILLI), "[1, 253402214400000]")),
            "log.parquet, row 2: t is 9999-12-31 00:00:00, which is in the future" + expected);
  EXPECT_EQ(error(parquet(arrow::date32(), "[1, -2]")),
            "log.parquet, row 2: t is 1969-12-30 00:00:00, which is before 1970" + expected);
  EXPECT_EQ(error(parquet(arrow::float64(), "[1, -2.5]")),
            "log.parquet, row 2: t is \"-2.5\", but times are in seconds since 1970, UTC; times "
            "before 1970 are not supported");
  EXPECT_EQ(
      error(parquet(arrow::int64(), "[1, 1700000000000]")),
      "log.parquet, row 2: t is \"1700000000000\", but times are in seconds since 1970, UTC; "
      "in milliseconds it is 2023-11-14 22:13:20: write columns: {time: {name: t, unit: ms}}");
  folder_.write("log.csv", "user,item,t\n1,1,9999-12-31\n");
  EXPECT_EQ(error(at("log.csv", "csv")),
            "log.csv:2: t is \"9999-12-31\", which is in the future" + expected);
  folder_.write("log.csv", "user,item,t\n1,1,1964-01-16\n");
  EXPECT_EQ(error(at("log.csv", "csv")),
            "log.csv:2: t is \"1964-01-16\", which is before 1970" + expected);
}

TEST_F(Times, ALogWhollyIn1970IsSaidAndDaysToo) {
  std::vector<std::string> notices;
  const auto load = [&](const std::string& rows) {
    folder_.write("log.csv", "user,item,t\n" + rows);
    task::DatasetSpec dataset = at("log.csv", "csv");
    dataset.split = {
        .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
    notices.clear();
    load_dataset(dataset, {}, {}, 1, folder_.places(),
                 [&](const std::string& line) { notices.push_back(line); });
    return notices;
  };
  EXPECT_THAT(
      load("1,1,1998\n1,2,2004\n"),
      ElementsAre("logs: all times are in 1970 (1970-01-01 00:33:18 to 1970-01-01 00:33:24 "
                  "UTC); they were read as seconds since 1970, and may be years, or counted "
                  "in another unit or from another beginning"));
  EXPECT_THAT(load("1,1,20200703\n1,2,20200704\n"),
              ElementsAre("logs: times are numbers such as 20240131 and were read as days: "
                          "2020-07-03 00:00:00 to 2020-07-04 00:00:00 UTC"));
  EXPECT_THAT(load("1,1,5\n1,2,1700000000\n"),
              ElementsAre("logs: 1 of 2 times is in 1970 (the first at 1970-01-01 00:00:05), the "
                          "next one is at 2023-11-14 22:13:20 UTC: missing times may be written "
                          "as 0, or these counted in another unit"));
  EXPECT_THAT(load("1,1,1600000000\n1,2,1700000000\n"), testing::IsEmpty());
}

}  // namespace
}  // namespace assay::ingest
