/// Types that other programs write, and what is said of values that are no id.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using test::dataset_at;
using test::error_of;
using test::imported;
using test::TestFolder;
using test::texts;
using test::values;
using test::write_parquet;
using testing::ElementsAre;
using testing::HasSubstr;

class Types : public test::LogTables {
 protected:
  /// A log that another program wrote (tests/unit/ingest/files/README.md).
  task::DatasetSpec foreign(const std::string& name) {
    task::DatasetSpec dataset = at(name, "parquet");
    dataset.path = std::string(ASSAY_SOURCE_DIR) + "/tests/unit/ingest/files/" + name;
    return dataset;
  }
  /// What is said of a Parquet log with one user of that type.
  std::string error_of_user(const std::shared_ptr<arrow::DataType>& type,
                            const std::string& value) {
    write_parquet(folder_.path("log.parquet"), {{"user", type, "[" + value + "]"},
                                                {"item", arrow::int64(), "[1]"},
                                                {"at", arrow::int64(), "[1]"}});
    return error(at("log.parquet", "parquet"));
  }
};

TEST_F(Types, TextsThatDataFusionCallsViewsAreTexts) {
  const dataset::ImportedData log = imported(folder_, foreign("string_view.parquet"));
  EXPECT_EQ(log.events(), 24);
  EXPECT_EQ(log.users(), 6);
  EXPECT_EQ(log.items(), 8);
  EXPECT_EQ(values<int64_t>(log.file(), "event.time_us").back(), 1704150000000000)
      << "2024-01-01 23:00:00";
}

TEST_F(Types, UuidsOfDuckDbAreTheirUsualText) {
  const std::string zeros = "00000000-0000-0000-0000-00000000000";
  EXPECT_THAT(
      texts(imported(folder_, foreign("uuid.parquet")).user_ids()),
      ElementsAre(zeros + "1", zeros + "2", zeros + "3", zeros + "4", zeros + "5", zeros + "6"));
}

TEST_F(Types, UnsignedIdsAboveTheLargestSignedOneAreTheSameInEveryFormat) {
  const std::vector<std::string> users = {"18446744073709551615", "7", "9223372036854775808",
                                          "18446744073709551615", "9223372036854775807"};
  const std::vector<int32_t> rows = {0, 1, 3, 0, 2};
  std::string csv = "user,item,at\n", lines, list = "[";
  for (size_t i = 0; i < users.size(); ++i) {
    csv += users[i] + ",1," + std::to_string(i) + "\n";
    lines += "{\"user\": " + users[i] + ", \"item\": 1, \"at\": " + std::to_string(i) + "}\n";
    list += (i > 0 ? "," : "") + users[i];
  }
  folder_.write("log.csv", csv);
  folder_.write("log.jsonl", lines);
  write_parquet(folder_.path("log.parquet"), {{"user", arrow::uint64(), list + "]"},
                                              {"item", arrow::int64(), "[1, 1, 1, 1, 1]"},
                                              {"at", arrow::int64(), "[0, 1, 2, 3, 4]"},
                                              {"big", arrow::uint64(), list + "]"}});
  for (const char* format : {"csv", "jsonl", "parquet"}) {
    const dataset::ImportedData log = imported(folder_, at(std::string("log.") + format, format));
    EXPECT_THAT(texts(log.user_ids()), ElementsAre("18446744073709551615", "7",
                                                   "9223372036854775807", "9223372036854775808"))
        << format;
    EXPECT_EQ(values<int32_t>(log.file(), "event.user"), rows) << format;
  }
  EXPECT_THAT(
      values<double>(imported(folder_, at("log.parquet", "parquet")).file(), "event.number.big"),
      ElementsAre(18446744073709551615., 7, 9223372036854775808., 18446744073709551615.,
                  9223372036854775807.));
}

TEST_F(Types, UnsignedIdsAreNotMistakenForNegativeOnes) {
  folder_.write("log.jsonl",
                "{\"user\": 18446744073709551615, \"item\": 1, \"at\": 1}\n"
                "{\"user\": -1, \"item\": 1, \"at\": 2}\n");
  EXPECT_EQ(imported(folder_, at("log.jsonl", "jsonl")).users(), 2);
}

TEST_F(Types, IntegersOfJsonAreIdsHoweverManyDigitsTheyHave) {
  folder_.write(
      "log.jsonl",
      "{\"user\": 18446744073709551616, \"item\": 1, \"at\": 1}\n"
      "{\"user\": 18446744073709551617, \"item\": [\"18446744073709551618\"][0], \"at\": 2}\n");
  EXPECT_THAT(error(at("log.jsonl", "jsonl")), HasSubstr("log.jsonl:2: is not JSON"));
  folder_.write(
      "log.jsonl",
      "{\"user\": 18446744073709551616, \"item\": 1, \"at\": 1}\n"
      "{\"user\": 18446744073709551617, \"item\": \"a \\\" 99999999999999999999\", \"at\": 2}\n"
      "{\"user\": -9223372036854775809, \"item\": 18446744073709551615, \"at\": 3}\n"
      "{\"user\":123456789012345678901234567890, \"item\": 1, \"at\": 4, \"n\": 1e30}\n");
  const dataset::ImportedData log = imported(folder_, at("log.jsonl", "jsonl"));
  EXPECT_THAT(texts(log.user_ids()),
              ElementsAre("-9223372036854775809", "123456789012345678901234567890",
                          "18446744073709551616", "18446744073709551617"));
  EXPECT_THAT(texts(log.item_ids()),
              ElementsAre("1", "18446744073709551615", "a \" 99999999999999999999"));
  EXPECT_EQ(values<double>(log.file(), "event.number.n").back(), 1e30);
}

TEST_F(Types, NumbersOfJsonStayNumbersBesideHugeIds) {
  folder_.write("log.jsonl", "{\"user\": 1e20, \"item\": 18446744073709551616, \"at\": 1}\n");
  EXPECT_THAT(error(at("log.jsonl", "jsonl")), HasSubstr("log.jsonl:1: user is 1e+20"));
  folder_.write("log.jsonl",
                "{\"user\": 1, \"item\": 2, \"at\": 1, \"n\": 100000000000000000000}\n");
  EXPECT_THAT(values<double>(imported(folder_, at("log.jsonl", "jsonl")).file(), "event.number.n"),
              ElementsAre(1e20));
}

TEST_F(Types, IntegersOf128BitsOfPolarsAreRefusedWithWhatToDo) {
  EXPECT_THAT(error(foreign("int128.parquet")),
              HasSubstr("int128.parquet: has integers of 128 bits (user), for which Parquet has no "
                        "type; write ids as texts: "
                        "df.with_columns(pl.col(\"user\").cast(pl.String))"));
}

TEST_F(Types, DecimalsAreIdsHoweverManyDigitsTheyHave) {
  write_parquet(folder_.path("log.parquet"),
                {{"user", arrow::decimal128(38, 0),
                  R"(["170141183460469231731687303715884105", "-9223372036854775809"])"},
                 {"item", arrow::int64(), "[1, 1]"},
                 {"at", arrow::int64(), "[1, 2]"}});
  EXPECT_THAT(texts(imported(folder_, at("log.parquet", "parquet")).user_ids()),
              ElementsAre("-9223372036854775809", "170141183460469231731687303715884105"));
}

TEST_F(Types, ANumberThatIsNoIdIsSaidWithItsType) {
  const std::string what = "; an id is a string or an integer";
  EXPECT_EQ(error_of_user(arrow::float64(), "1.0"),
            "log.parquet, row 1: user is 1.0, of type double" + what)
      << "as DuckDB writes HUGEINT";
  EXPECT_EQ(error_of_user(arrow::float32(), "2.5"),
            "log.parquet, row 1: user is 2.5, of type float" + what);
  EXPECT_EQ(error_of_user(arrow::decimal128(5, 2), "\"3.00\""),
            "log.parquet, row 1: user is 3.0, of type decimal" + what);
  EXPECT_EQ(error_of_user(arrow::timestamp(arrow::TimeUnit::MICRO), "1704067200000001"),
            "log.parquet, row 1: user is 2024-01-01 00:00:00.000001" + what);
  folder_.write("log.jsonl", "{\"user\": 1.0, \"item\": 2, \"at\": 3}\n");
  EXPECT_EQ(error(at("log.jsonl", "jsonl")), "log.jsonl:1: user is 1.0" + what);
}

TEST_F(Types, TruthValuesOfFoldersAreOneAndZeroWhereNumbersCount) {
  const auto write = [&](const std::string& folder, const std::string& user) {
    write_parquet(folder_.path("log/liked=" + folder + "/0.parquet"),
                  {{"user", arrow::utf8(), "[\"" + user + "\"]"},
                   {"item", arrow::int64(), "[1]"},
                   {"at", arrow::int64(), "[7]"}});
  };
  write("true", "a");
  write("false", "b");
  write("True", "c");
  write("False", "d");
  write("__HIVE_DEFAULT_PARTITION__", "e");
  task::DatasetSpec dataset = at("log", "parquet");
  dataset.columns["value"] = "liked";
  const dataset::ImportedData log = imported(folder_, dataset);
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("a", "b", "c", "d", "e"));
  std::vector<double> liked(5);
  for (size_t i = 0; i < 5; ++i)
    liked[static_cast<size_t>(values<int32_t>(log.file(), "event.user")[i])] =
        values<double>(log.file(), "event.number.liked")[i];
  EXPECT_THAT(liked, ElementsAre(1, 0, 1, 0, testing::IsNan()));
  write("maybe", "f");
  EXPECT_EQ(error(dataset),
            "log/liked=maybe/0.parquet, row 1: liked is \"maybe\"; expected a number");
}

TEST_F(Types, AFolderNamedTrueIsATextWhereIdsCount) {
  write_parquet(folder_.path("log/item=true/0.parquet"),
                {{"user", arrow::int64(), "[1]"}, {"at", arrow::int64(), "[7]"}});
  EXPECT_THAT(texts(imported(folder_, at("log", "parquet")).item_ids()), ElementsAre("true"));
}

TEST_F(Types, BlankLastLinesAreNoRowsInEveryFormat) {
  const auto events_of = [&](const std::string& name, const std::string& format,
                             const std::string& text) {
    folder_.write(name, text);
    task::DatasetSpec dataset = at(name, format);
    if (format == "recbole" || format == "user_items" || format == "sequences")
      dataset.columns.clear();
    return imported(folder_, dataset).events();
  };
  const std::vector<std::string> ends = {"",           "\n",        "\n\n",
                                         "\n  \n\t\n", "\r\n \r\n", "\n" + std::string(9000, ' ')};
  for (const std::string& blank : ends) {
    EXPECT_EQ(events_of("log.csv", "csv", "user,item,at\n1,2,3\n1,3,4" + blank), 2);
    EXPECT_EQ(events_of("log.tsv", "tsv", "user\titem\tat\tx\n1\t2\t3\t\n1\t3\t4\t" + blank), 2);
    EXPECT_EQ(events_of("log.inter", "recbole",
                        "user_id:token\titem_id:token\ttimestamp:float\n1\t2\t3\n1\t3\t4" + blank),
              2);
    EXPECT_EQ(events_of("log.txt", "user_items", "1 2 3" + blank), 2);
    EXPECT_EQ(events_of("seq.txt", "sequences", "1 2 3" + blank), 2);
    EXPECT_EQ(events_of("log.jsonl", "jsonl", "{\"user\": 1, \"item\": 2, \"at\": 3}" + blank), 1);
    const std::string run = folder_.write("a.run", "1 Q0 2 1 2.0 t" + blank);
    EXPECT_EQ(dataset::ImportedData::open(import_lists({.path = run}, folder_.path("cache")).path)
                  .file()
                  .array<int32_t>("list.item")
                  .size(),
              1u);
  }
}

}  // namespace
}  // namespace assay::ingest
