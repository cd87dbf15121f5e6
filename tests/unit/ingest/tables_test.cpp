#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "arrow_files.h"
#include "data_files.h"
#include "ingest/table.h"

namespace assay::ingest {
namespace {

using test::dataset_at;
using test::error_of;
using test::imported;
using test::packed;
using test::seconds;
using test::TestFolder;
using test::texts;
using test::values;
using test::write_parquet;
using testing::ElementsAre;
using testing::HasSubstr;

class Tables : public test::LogTables {};

TEST_F(Tables, TsvTakesQuotesAsTheyAre) {
  folder_.write("log.tsv", "user\titem\tat\nu\ta \"quoted\t2\n");
  EXPECT_THAT(texts(imported(folder_, at("log.tsv", "tsv")).item_ids()), ElementsAre("a \"quoted"));
  folder_.write("log.tsv", "user\titem\tat\n1\t2\t3\n1\t2\n");
  EXPECT_EQ(error(at("log.tsv", "tsv")),
            "log.tsv:3: the row has 2 fields, the header names 3; it begins \"1\t2\"");
}

TEST_F(Tables, JsonLinesHaveTheirKeysInAnyOrderAndMayLackThem) {
  folder_.write("log.jsonl",
                "{\"user\": \"u\", \"item\": 7, \"at\": 20, \"stars\": 4.5, \"tags\": [1]}\n\n"
                "{\"item\": \"8\", \"at\": \"1970-01-01T00:00:10Z\", \"user\": \"u\"}\n");
  const dataset::ImportedData log = imported(folder_, at("log.jsonl", "jsonl"));
  EXPECT_THAT(texts(log.item_ids()), ElementsAre("7", "8"));
  EXPECT_THAT(values<int32_t>(log.file(), "event.item"), ElementsAre(1, 0));
  EXPECT_THAT(values<double>(log.file(), "event.number.stars"), ElementsAre(testing::IsNan(), 4.5));
  EXPECT_TRUE(log.info().at("not_numbers").contains("tags"));
}

TEST_F(Tables, TimesKeepTheirFractionsWhateverCountsThem) {
  folder_.write("log.jsonl",
                "{\"user\": 1, \"item\": 1, \"at\": 1700000000.25}\n"
                "{\"user\": 1, \"item\": 1, \"at\": \"1700000001.123456\"}\n"
                "{\"user\": 1, \"item\": 1, \"at\": \"2023-11-14T22:13:22.000007Z\"}\n"
                "{\"user\": 1, \"item\": 1, \"at\": 1700000003}\n");
  const dataset::ImportedData lines = imported(folder_, at("log.jsonl", "jsonl"));
  EXPECT_THAT(values<int64_t>(lines.file(), "event.time_us"),
              ElementsAre(1700000000250000, 1700000001123456, 1700000002000007, 1700000003000000));
  EXPECT_TRUE(lines.info().at("fractions").get<bool>());
  const auto parquet_times = [&](arrow::TimeUnit::type unit, const std::string& time) {
    write_parquet(folder_.path("log.parquet"), {{"user", arrow::int64(), "[1]"},
                                                {"item", arrow::int64(), "[1]"},
                                                {"at", arrow::timestamp(unit), "[" + time + "]"}});
    return values<int64_t>(imported(folder_, at("log.parquet", "parquet")).file(), "event.time_us");
  };
  EXPECT_THAT(parquet_times(arrow::TimeUnit::SECOND, "7"), ElementsAre(7000000));
  EXPECT_THAT(parquet_times(arrow::TimeUnit::MILLI, "7001"), ElementsAre(7001000));
  EXPECT_THAT(parquet_times(arrow::TimeUnit::MICRO, "7000001"), ElementsAre(7000001));
  EXPECT_THAT(parquet_times(arrow::TimeUnit::NANO, "7000001999"), ElementsAre(7000001));
}

TEST_F(Tables, WholeSecondsHaveNoFractions) {
  folder_.write("log.jsonl", "{\"user\": 1, \"item\": 1, \"at\": 1700000000.0}\n");
  EXPECT_FALSE(imported(folder_, at("log.jsonl", "jsonl")).info().at("fractions").get<bool>());
}

TEST_F(Tables, EventsHaveATypeInEveryFormat) {
  const auto expect_types = [&](task::DatasetSpec dataset) {
    dataset.columns["event"] = "what";
    const dataset::ImportedData log = imported(folder_, dataset);
    EXPECT_THAT(log.info().at("event_types").get<std::vector<std::string>>(),
                ElementsAre("buy", "view"))
        << dataset.format;
    EXPECT_THAT(values<int32_t>(log.file(), "event.type"), ElementsAre(1, 0, 1)) << dataset.format;
  };
  folder_.write("log.csv", "user,item,at,what\n1,1,2,buy\n1,1,1,view\n2,1,3,view\n");
  expect_types(at("log.csv", "csv"));
  folder_.write("log.tsv", "user\titem\tat\twhat\n1\t1\t2\tbuy\n1\t1\t1\tview\n2\t1\t3\tview\n");
  expect_types(at("log.tsv", "tsv"));
  folder_.write("log.jsonl",
                "{\"user\": 1, \"item\": 1, \"at\": 2, \"what\": \"buy\"}\n"
                "{\"user\": 1, \"item\": 1, \"at\": 1, \"what\": \"view\"}\n"
                "{\"user\": 2, \"item\": 1, \"at\": 3, \"what\": \"view\"}\n");
  expect_types(at("log.jsonl", "jsonl"));
  write_parquet(
      folder_.path("log.parquet"),
      {{"user", arrow::int64(), "[1, 1, 2]"},
       {"item", arrow::int64(), "[1, 1, 1]"},
       {"at", arrow::int64(), "[2, 1, 3]"},
       {"what", arrow::dictionary(arrow::int32(), arrow::utf8()), R"(["buy", "view", "view"])"}});
  expect_types(at("log.parquet", "parquet"));
}

TEST_F(Tables, TypesThatAreIntegersStandInTheirOrderAndCanBeATarget) {
  folder_.write("log.csv", "user,item,at,what\n1,1,1,10\n1,1,2,9\n");
  task::DatasetSpec dataset = at("log.csv", "csv");
  dataset.columns["event"] = "what";
  const dataset::ImportedData log = imported(folder_, dataset);
  EXPECT_THAT(log.info().at("event_types").get<std::vector<std::string>>(), ElementsAre("9", "10"));
  EXPECT_THAT(values<double>(log.file(), "event.number.what"), ElementsAre(10, 9));
}

TEST_F(Tables, EveryEventHasAType) {
  folder_.write("log.csv", "user,item,at,what\n1,1,1,view\n1,1,2,\n");
  task::DatasetSpec dataset = at("log.csv", "csv");
  dataset.columns["event"] = "what";
  EXPECT_EQ(error(dataset), "log.csv:3: what is empty; every event has a type");
  dataset.columns["event"] = "whit";
  EXPECT_EQ(error(dataset),
            "log.csv:1: has no column whit (columns.event); did you mean \"what\"?");
}

TEST_F(Tables, KeysOfJsonLinesMayComeLate) {
  std::string text;
  for (int i = 0; i < 150; ++i)
    text += "{\"user\": 1, \"item\": 2, \"at\": " + std::to_string(i) + "}\n";
  text += "{\"user\": 1, \"item\": 2, \"at\": 150, \"stars\": 4, \"click\": true}\n";
  folder_.write("log.jsonl", text + "{\"user\": 1, \"item\": 2, \"at\": 151}\n");
  task::DatasetSpec dataset = at("log.jsonl", "jsonl");
  dataset.columns["value"] = "stars";
  const dataset::ImportedData log = imported(folder_, dataset);
  EXPECT_EQ(log.info().at("value"), "stars");
  for (const char* column : {"stars", "click"}) {
    const auto numbers = values<double>(log.file(), std::string("event.number.") + column);
    ASSERT_EQ(numbers.size(), 152u) << column;
    EXPECT_EQ(numbers[150], column[0] == 's' ? 4 : 1);
    EXPECT_TRUE(std::isnan(numbers[0]) && std::isnan(numbers[151]));
  }
  dataset.columns["value"] = "star";
  EXPECT_THAT(error(dataset),
              HasSubstr("has no column star (columns.value); known: at, item, user"));
}

TEST_F(Tables, JsonLinesSayWhichLineIsWrong) {
  folder_.write("log.jsonl", "{\"user\": 1, \"item\": 2, \"at\": 3}\n{\"user\": 1, \"item\"\n");
  EXPECT_THAT(error(at("log.jsonl", "jsonl")),
              HasSubstr("log.jsonl:2: is not JSON: parse error at column "));
  folder_.write("log.jsonl", "[1, 2]\n");
  EXPECT_EQ(error(at("log.jsonl", "jsonl")),
            "log.jsonl:1: holds \"[1, 2]\"; expected an object: {\"user\": ..., \"item\": ...}");
  folder_.write("log.jsonl", "{\"user\": 1.5, \"item\": 2, \"at\": 3}\n");
  EXPECT_EQ(error(at("log.jsonl", "jsonl")),
            "log.jsonl:1: user is 1.5; an id is a string or an integer");
}

TEST_F(Tables, AKeyTwiceInALineOfJsonIsRefused) {
  folder_.write(
      "log.jsonl",
      "{\"user\": \"u\", \"item\": \"a\", \"at\": 1, \"more\": {\"at\": 1, \"x\": [{}]}}\n"
      "{\"user\": \"u\", \"item\": \"a:\\\"{b\", \"at\": 2, \"tags\": [\"at\", \"at\"]}\n"
      "{\"user\": \"u\", \"item\": \"a\", \"at\": 3, \"\\u0061t\": 4}\n");
  EXPECT_EQ(error(at("log.jsonl", "jsonl")),
            "log.jsonl:3: has the key \"at\" twice; a row has one value of each");
}

TEST_F(Tables, AnIdThatIsAListWrittenAsATextIsRefused) {
  const auto error_with = [&](const std::string& id) {
    folder_.write("log.csv", "user,item,at\nu,a,1\nu,\"" + id + "\",2\n");
    return error(at("log.csv", "csv"));
  };
  EXPECT_EQ(error_with("['a', 'b']"),
            "log.csv:3: item is \"['a', 'b']\", a list that is written as a text; expected one "
            "value: write a row for each member of the list");
  EXPECT_EQ(error_with("[1, 2]"),
            "log.csv:3: item is \"[1, 2]\", a list that is written as a text; expected one value: "
            "write a row for each member of the list");
  for (const char* plain : {"[a, b]", "[REC]", "[2012]", "['", "[REC] 2"})
    EXPECT_EQ(error_with(plain), "") << plain;
}

TEST_F(Tables, ParquetIsReadAcrossRowGroupsWhateverItsTypes) {
  write_parquet(folder_.path("log.parquet"),
                {{"user", arrow::int64(), "[3, 1, 2, 1, 3]"},
                 {"item", arrow::utf8(), R"(["a", "b", "a", "c", "b"])"},
                 {"at", arrow::timestamp(arrow::TimeUnit::MILLI), "[5000, 4000, 3000, 2000, 1999]"},
                 {"stars", arrow::float32(), "[1, 2.5, null, 4, 5]"},
                 {"note", arrow::list(arrow::int32()), "[[1], [], null, [2], [3]]"}});
  const dataset::ImportedData log = imported(folder_, at("log.parquet", "parquet"));
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("1", "2", "3"));
  EXPECT_THAT(values<int32_t>(log.file(), "event.user"), ElementsAre(2, 0, 1, 0, 2));
  EXPECT_THAT(values<int32_t>(log.file(), "event.item"), ElementsAre(1, 2, 0, 1, 0));
  EXPECT_THAT(seconds(log.file(), "event.time_us"), ElementsAre(1.999, 2, 3, 4, 5));
  EXPECT_THAT(values<double>(log.file(), "event.number.stars"),
              ElementsAre(5, 4, testing::IsNan(), 2.5, 1));
  EXPECT_EQ(log.info().at("not_numbers").at("note").get<std::string>(),
            folder_.path("log.parquet") + ", row 1 holds a list");
}

TEST_F(Tables, ParquetColumnsOfEveryFlatTypeAreTaken) {
  const auto coded = arrow::dictionary(arrow::int32(), arrow::utf8());
  write_parquet(folder_.path("log.parquet"), {{"user", arrow::uint32(), "[4294967295, 7, 7]"},
                                              {"item", coded, R"(["b", "a", "b"])"},
                                              {"at", arrow::date32(), "[1, 2, 3]"},
                                              {"tiny", arrow::int8(), "[null, -3, 4]"},
                                              {"wide", arrow::int64(), "[1, null, 3]"},
                                              {"yes", arrow::boolean(), "[true, false, null]"},
                                              {"digits", arrow::utf8(), R"(["1", "2.5", null])"}});
  const dataset::ImportedData log = imported(folder_, at("log.parquet", "parquet"));
  const auto number = [&](const std::string& name) {
    return values<double>(log.file(), "event.number." + name);
  };
  const auto nan = testing::IsNan();
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("7", "4294967295"));
  EXPECT_THAT(values<int32_t>(log.file(), "event.item"), ElementsAre(1, 0, 1));
  EXPECT_THAT(seconds(log.file(), "event.time_us"), ElementsAre(86400, 172800, 259200));
  EXPECT_THAT(number("tiny"), ElementsAre(nan, -3, 4));
  EXPECT_THAT(number("wide"), ElementsAre(1, nan, 3));
  EXPECT_THAT(number("yes"), ElementsAre(1, 0, nan));
  EXPECT_THAT(number("digits"), ElementsAre(1, 2.5, nan));
}

TEST_F(Tables, FoldersOfAPartitionAreColumns) {
  const auto write = [&](const std::string& name, const std::string& user) {
    write_parquet(folder_.path("log/" + name),
                  {{"user", arrow::utf8(), user}, {"at", arrow::int64(), "[7]"}});
  };
  write("item=b/0.parquet", "[\"x\"]");
  write("item=a/0.parquet", "[\"y\"]");
  folder_.write("log/_SUCCESS", "");
  folder_.write("log/item=a/_temporary.parquet", "no Parquet");
  const dataset::ImportedData log = imported(folder_, at("log", "parquet"));
  EXPECT_THAT(texts(log.item_ids()), ElementsAre("a", "b"));
  EXPECT_THAT(values<int32_t>(log.file(), "event.user"), ElementsAre(1, 0));
  std::filesystem::rename(folder_.path("log/item=b"), folder_.path("log/item=c"));
  EXPECT_THAT(texts(imported(folder_, at("log", "parquet")).item_ids()), ElementsAre("a", "c"));
}

TEST_F(Tables, ParquetThatCannotBeReadIsSaid) {
  const std::string path =
      write_parquet(folder_.path("log.parquet"), {{"user", arrow::int64(), "[1, 2, 3, 4]"},
                                                  {"item", arrow::float64(), "[1, 2, 3, 4]"},
                                                  {"at", arrow::int64(), "[1, 2, 3, 4]"}});
  EXPECT_EQ(error(at("log.parquet", "parquet")),
            "log.parquet, row 1: item is 1.0, of type double; an id is a string or an integer");
  task::DatasetSpec dataset = at("log.parquet", "parquet");
  dataset.columns["item"] = "items";
  EXPECT_EQ(error(dataset),
            "log.parquet: has no column items (columns.item); did you mean \"item\"?");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 9);
  EXPECT_THAT(
      error(at("log.parquet", "parquet")),
      HasSubstr(
          "log.parquet: cannot be read as Parquet; it is damaged, truncated or not Parquet: "));
  std::filesystem::create_directories(folder_.path("empty"));
  EXPECT_EQ(error(at("empty", "parquet")), "empty: is an empty folder");
}

TEST_F(Tables, TruthValuesAreNeitherIdsNorTimes) {
  write_parquet(folder_.path("log.parquet"), {{"user", arrow::boolean(), "[true, false]"},
                                              {"item", arrow::int64(), "[1, 2]"},
                                              {"at", arrow::boolean(), "[true, false]"}});
  EXPECT_EQ(error(at("log.parquet", "parquet")),
            "log.parquet, row 1: user is true; an id is a string or an integer");
  write_parquet(folder_.path("log.parquet"), {{"user", arrow::int64(), "[1, 2]"},
                                              {"item", arrow::int64(), "[1, 2]"},
                                              {"at", arrow::boolean(), "[false, true]"}});
  EXPECT_EQ(error(at("log.parquet", "parquet")),
            "log.parquet, row 1: at is false; expected seconds since 1970, or a time");
  folder_.write("log.jsonl", "{\"user\": true, \"item\": 2, \"at\": 3}\n");
  EXPECT_EQ(error(at("log.jsonl", "jsonl")),
            "log.jsonl:1: user is true; an id is a string or an integer");
}

TEST_F(Tables, DecimalsAndHalvesAreNumbersAndOtherTypesAreNamed) {
  write_parquet(folder_.path("log.parquet"),
                {{"user", arrow::decimal128(20, 0), R"(["7", "-12"])"},
                 {"item", arrow::int64(), "[1, 2]"},
                 {"at", arrow::decimal128(12, 0), R"(["5", "6"])"},
                 {"price", arrow::decimal128(5, 2), R"(["12.50", null])"},
                 {"wide", arrow::decimal256(50, 1), R"(["-0.5", "3.0"])"},
                 {"half", arrow::float16(), "[0.5, null]"},
                 {"wait", arrow::time64(arrow::TimeUnit::MICRO), "[1, 2]"}});
  const dataset::ImportedData log = imported(folder_, at("log.parquet", "parquet"));
  const auto number = [&](const std::string& name) {
    return values<double>(log.file(), "event.number." + name);
  };
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("-12", "7"));
  EXPECT_THAT(seconds(log.file(), "event.time_us"), ElementsAre(5, 6));
  EXPECT_THAT(number("price"), ElementsAre(12.5, testing::IsNan()));
  EXPECT_THAT(number("wide"), ElementsAre(-0.5, 3));
  EXPECT_THAT(number("half"), ElementsAre(0.5, testing::IsNan()));
  EXPECT_EQ(
      log.info().at("not_numbers").at("wait").get<std::string>(),
      folder_.path("log.parquet") + ", row 1 holds time64[us], a type that assay does not read");
}

TEST_F(Tables, ValuesOfAPartitionAreDecodedAndMayBeMissing) {
  const auto write = [&](const std::string& folder, const std::string& item) {
    write_parquet(folder_.path("log/" + folder + "/0.parquet"),
                  {{"item", arrow::utf8(), "[\"" + item + "\"]"}, {"at", arrow::int64(), "[7]"}});
  };
  write("user=a%20b%2Fc/stars=3", "x");
  write("user=100%25/stars=__HIVE_DEFAULT_PARTITION__", "x");
  write("user=50%/stars=4", "y");
  const dataset::ImportedData log = imported(folder_, at("log", "parquet"));
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("100%", "50%", "a b/c"));
  EXPECT_THAT(values<double>(log.file(), "event.number.stars"),
              ElementsAre(testing::IsNan(), 4, 3));
  write("user=__HIVE_DEFAULT_PARTITION__/stars=3", "x");
  EXPECT_EQ(error(at("log", "parquet")),
            "log/user=__HIVE_DEFAULT_PARTITION__/stars=3/0.parquet, row 1: user is empty; every "
            "event has a user");
}

TEST_F(Tables, OtherPackingsAndArchivesAreNamed) {
  const auto refusal = [&](const std::string& bytes) {
    folder_.write("log.csv", bytes);
    return error(at("log.csv", "csv"));
  };
  const std::string unpack =
      "; assay reads gzip, bzip2, xz and zstd: decompress it, or compress it with one of these";
  EXPECT_EQ(refusal("PK\x03\x04..."), "log.csv: is compressed with zip" + unpack);
  EXPECT_EQ(refusal("7z\xBC\xAF..."), "log.csv: is compressed with 7z" + unpack);
  std::string tar = "log.csv";
  tar.resize(257);
  tar += "ustar";
  tar.resize(1024);
  EXPECT_EQ(refusal(packed(tar, arrow::Compression::GZIP)),
            "log.csv: is a tar archive; unpack it and name the file within");
}

TEST_F(Tables, GivenFilesMayBeFoldersOfParquet) {
  const auto write = [&](const std::string& name, const std::string& users) {
    write_parquet(folder_.path("log/" + name), {{"user", arrow::int64(), users},
                                                {"item", arrow::int64(), "[1, 2]"},
                                                {"at", arrow::int64(), "[1, 2]"}});
  };
  write("train/0.parquet", "[1, 2]");
  write("train/1.parquet", "[3, 1]");
  write("test/0.parquet", "[1, 2]");
  task::DatasetSpec dataset = at("log", "parquet");
  dataset.split.method = task::SplitMethod::given;
  dataset.split.train_path = "train";
  dataset.split.test_path = "test";
  const dataset::ImportedData log = imported(folder_, dataset);
  EXPECT_EQ(log.events(), 6);
  EXPECT_EQ(std::ranges::count(values<uint8_t>(log.file(), "event.part"), 1), 2);
}

TEST_F(Tables, ANulByteInAnIdIsRefused) {
  folder_.write("log.csv", std::string("user,item,at\nu1,a,1\nu\0,b,2\n", 27));
  EXPECT_THAT(
      error(at("log.csv", "csv")),
      testing::StartsWith(
          "log.csv:3: user contains a NUL byte; was the file truncated while it was written?"));
}

TEST_F(Tables, NoFileOfAFolderIsLeftOutInSilence) {
  const auto write = [&](const std::string& name, const std::string& user) {
    write_parquet(folder_.path("log/" + name), {{"user", arrow::utf8(), "[\"" + user + "\"]"},
                                                {"item", arrow::int64(), "[1]"},
                                                {"at", arrow::int64(), "[7]"}});
  };
  write("a.parquet", "a");
  write("b.PARQUET", "b");
  write("c.parq", "c");
  write("000000_0", "d");
  write("_temporary/0/e.parquet", "e");
  write(".f.parquet", "f");
  EXPECT_THAT(texts(imported(folder_, at("log", "parquet")).user_ids()),
              ElementsAre("a", "b", "c", "d"));
  folder_.write("log/more/part.csv", "user,item,at\n");
  EXPECT_EQ(error(at("log", "parquet")),
            "log: contains 1 file that is not Parquet beside 4 that are: more/part.csv; move it "
            "away, or rename its name to begin with _");
  folder_.write("log/notes.txt", "");
  EXPECT_EQ(error(at("log", "parquet")),
            "log: contains 2 files that are not Parquet beside 4 that are: more/part.csv, "
            "notes.txt; move them away, or rename their names to begin with _");
}

TEST_F(Tables, FoldersOfWhichOnlySomeFilesAreCurrentAreRefused) {
  const auto write = [&](const std::string& name) {
    write_parquet(folder_.path(name), {{"user", arrow::int64(), "[1]"},
                                       {"item", arrow::int64(), "[1]"},
                                       {"at", arrow::int64(), "[7]"}});
  };
  const std::string what =
      ", of which only some Parquet files are current: the others hold rows that were removed or "
      "replaced; write the current rows to a folder of their own and name that: ";
  write("delta/day=1/0.parquet");
  folder_.write("delta/_delta_log/00000000000000000000.json", "{}");
  EXPECT_THAT(error(at("delta", "parquet")),
              HasSubstr("delta: delta/_delta_log makes it a Delta table" + what + "deltalake."));
  EXPECT_THAT(error(at("delta/day=1", "parquet")),
              HasSubstr("delta/day=1: delta/_delta_log makes "));
  write("both/0.parquet");
  write("both/table/0.parquet");
  folder_.write("both/table/.hoodie/hoodie.properties", "");
  EXPECT_THAT(error(at("both", "parquet")),
              HasSubstr("both: both/table/.hoodie makes both/table a Hudi table" + what));
  write("ice/data/0.parquet");
  folder_.write("ice/metadata/00000-1.metadata.json", "{}");
  EXPECT_THAT(error(at("ice/data", "parquet")), HasSubstr("ice an Iceberg table" + what));
  write("plain/metadata/0.parquet");
  EXPECT_EQ(imported(folder_, at("plain", "parquet")).events(), 1)
      << "other folders may be called metadata";
}

TEST_F(Tables, FilesOfAFolderThatDifferAreSaidByColumn) {
  const auto write = [&](const std::string& name, const test::ParquetColumn& user,
                         const test::ParquetColumn& last) {
    write_parquet(folder_.path("log/" + name),
                  {user, {"item", arrow::int64(), "[1]"}, {"at", arrow::int64(), "[7]"}, last});
  };
  const test::ParquetColumn user = {"user", arrow::int32(), "[1]"};
  write("a.parquet", user, {"stars", arrow::int64(), "[1]"});
  write("b.parquet", user, {"score", arrow::int64(), "[1]"});
  EXPECT_EQ(
      error(at("log", "parquet")),
      "log/b.parquet: its columns differ from those of log/a.parquet: it lacks stars, and has "
      "score");
  write("b.parquet", {"user", arrow::int64(), "[2]"}, {"stars", arrow::float64(), "[1]"});
  EXPECT_EQ(imported(folder_, at("log", "parquet")).users(), 2) << "numbers are numbers";
  write("b.parquet", {"user", arrow::utf8(), "[\"2\"]"}, {"stars", arrow::int64(), "[1]"});
  EXPECT_EQ(
      error(at("log", "parquet")),
      "log/b.parquet: user is a text here and an integer in log/a.parquet; write it as one of "
      "them in every file");
}

TEST_F(Tables, IdsOfParquetThatAreMissingAreSaidByRow) {
  write_parquet(folder_.path("log.parquet"), {{"user", arrow::int64(), "[1, 2, null]"},
                                              {"item", arrow::int64(), "[1, 2, 3]"},
                                              {"at", arrow::int64(), "[1, 2, 3]"}});
  EXPECT_EQ(error(at("log.parquet", "parquet")),
            "log.parquet, row 3: user is empty; every event has a user");
}

}  // namespace
}  // namespace assay::ingest
