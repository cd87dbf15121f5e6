#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow_files.h"
#include "data_files.h"
#include "import/table.h"

namespace assay {
namespace {

using test::dataset_at;
using test::error_of;
using test::imported;
using test::packed;
using test::TestFolder;
using test::texts;
using test::values;
using test::write_parquet;
using testing::ElementsAre;
using testing::HasSubstr;

class Tables : public testing::Test {
 protected:
  DatasetSpec at(const std::string& name, const std::string& format) {
    DatasetSpec dataset = dataset_at(folder_.path(name), format);
    dataset.columns = {{"user", "user"}, {"item", "item"}, {"time", "at"}};
    return dataset;
  }
  std::string error(const DatasetSpec& dataset) {
    return error_of(folder_, [&] { import_dataset(dataset, folder_.places()); });
  }
  TestFolder folder_;
};

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
  const ImportedData log = imported(folder_, at("log.jsonl", "jsonl"));
  EXPECT_THAT(texts(log.item_ids()), ElementsAre("7", "8"));
  EXPECT_THAT(values<int32_t>(log.file(), "event.item"), ElementsAre(1, 0));
  EXPECT_THAT(values<double>(log.file(), "event.number.stars"), ElementsAre(testing::IsNan(), 4.5));
  EXPECT_TRUE(log.info().at("not_numbers").contains("tags"));
}

TEST_F(Tables, JsonLinesSayWhichLineIsWrong) {
  folder_.write("log.jsonl", "{\"user\": 1, \"item\": 2, \"at\": 3}\n{\"user\": 1, \"item\"\n");
  EXPECT_THAT(error(at("log.jsonl", "jsonl")), HasSubstr("log.jsonl:2: is no JSON: parse error"));
  folder_.write("log.jsonl", "[1, 2]\n");
  EXPECT_EQ(error(at("log.jsonl", "jsonl")),
            "log.jsonl:1: holds \"[1, 2]\"; expected an object: {\"user\": ..., \"item\": ...}");
  folder_.write("log.jsonl", "{\"user\": 1.5, \"item\": 2, \"at\": 3}\n");
  EXPECT_EQ(error(at("log.jsonl", "jsonl")),
            "log.jsonl:1: user is 1.5; an id is a text or an integer");
}

TEST_F(Tables, ParquetIsReadAcrossRowGroupsWhateverItsTypes) {
  write_parquet(folder_.path("log.parquet"),
                {{"user", arrow::int64(), "[3, 1, 2, 1, 3]"},
                 {"item", arrow::utf8(), R"(["a", "b", "a", "c", "b"])"},
                 {"at", arrow::timestamp(arrow::TimeUnit::MILLI), "[5000, 4000, 3000, 2000, 1999]"},
                 {"stars", arrow::float32(), "[1, 2.5, null, 4, 5]"},
                 {"note", arrow::list(arrow::int32()), "[[1], [], null, [2], [3]]"}});
  const ImportedData log = imported(folder_, at("log.parquet", "parquet"));
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("1", "2", "3"));
  EXPECT_THAT(values<int32_t>(log.file(), "event.user"), ElementsAre(2, 0, 1, 0, 2));
  EXPECT_THAT(values<int32_t>(log.file(), "event.item"), ElementsAre(1, 2, 0, 1, 0));
  EXPECT_THAT(values<int64_t>(log.file(), "event.time_s"), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(values<double>(log.file(), "event.number.stars"),
              ElementsAre(5, 4, testing::IsNan(), 2.5, 1));
  EXPECT_EQ(log.info().at("not_numbers").at("note").get<std::string>(),
            folder_.path("log.parquet") + ", row 1 holds a list");
}

TEST_F(Tables, ParquetColumnsOfEveryFlatTypeAreTaken) {
  const auto coded = arrow::dictionary(arrow::int32(), arrow::utf8());
  write_parquet(folder_.path("log.parquet"),
                {{"user", arrow::uint32(), "[4294967295, 7, 7]"},
                 {"item", coded, R"(["b", "a", "b"])"},
                 {"at", arrow::date32(), "[1, 2, 3]"},
                 {"tiny", arrow::int8(), "[null, -3, 4]"},
                 {"wide", arrow::int64(), "[1, null, 3]"},
                 {"yes", arrow::boolean(), "[true, false, null]"},
                 {"large", arrow::uint64(), "[1, 2, 18446744073709551615]"},
                 {"digits", arrow::utf8(), R"(["1", "2.5", null])"}});
  const ImportedData log = imported(folder_, at("log.parquet", "parquet"));
  const auto number = [&](const std::string& name) {
    return values<double>(log.file(), "event.number." + name);
  };
  const auto nan = testing::IsNan();
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("7", "4294967295"));
  EXPECT_THAT(values<int32_t>(log.file(), "event.item"), ElementsAre(1, 0, 1));
  EXPECT_THAT(values<int64_t>(log.file(), "event.time_s"), ElementsAre(86400, 172800, 259200));
  EXPECT_THAT(number("tiny"), ElementsAre(nan, -3, 4));
  EXPECT_THAT(number("wide"), ElementsAre(1, nan, 3));
  EXPECT_THAT(number("yes"), ElementsAre(1, 0, nan));
  EXPECT_THAT(number("digits"), ElementsAre(1, 2.5, nan));
  EXPECT_EQ(log.info().at("not_numbers").at("large").get<std::string>(),
            folder_.path("log.parquet") + ", row 3 holds an integer above 2^63");
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
  const ImportedData log = imported(folder_, at("log", "parquet"));
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
            "log.parquet, row 1: item is 1; an id is a text or an integer");
  DatasetSpec dataset = at("log.parquet", "parquet");
  dataset.columns["item"] = "items";
  EXPECT_EQ(error(dataset),
            "log.parquet: has no column items (columns.item); did you mean \"item\"?");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 9);
  EXPECT_THAT(error(at("log.parquet", "parquet")),
              HasSubstr("log.parquet: cannot be read as Parquet; it is damaged, cut off or no "
                        "Parquet: "));
  std::filesystem::create_directories(folder_.path("empty"));
  EXPECT_EQ(error(at("empty", "parquet")), "empty: holds no .parquet file; it holds: ");
}

TEST_F(Tables, IdsOfParquetThatAreMissingAreSaidByRow) {
  write_parquet(folder_.path("log.parquet"), {{"user", arrow::int64(), "[1, 2, null]"},
                                              {"item", arrow::int64(), "[1, 2, 3]"},
                                              {"at", arrow::int64(), "[1, 2, 3]"}});
  EXPECT_EQ(error(at("log.parquet", "parquet")),
            "log.parquet, row 3: user is empty; every event has a user");
}

TEST_F(Tables, PackedTextsAreReadWhateverTheirName) {
  const std::string text = "user,item,at\n1,2,3\n1,3,4\n";
  folder_.write("log.csv.gz", packed(text, arrow::Compression::GZIP));
  folder_.write("log.csv", packed(text, arrow::Compression::ZSTD));
  folder_.write("lines", packed("1 2 3\n", arrow::Compression::GZIP));
  EXPECT_EQ(imported(folder_, at("log.csv.gz", "csv")).events(), 2);
  EXPECT_EQ(imported(folder_, at("log.csv", "csv")).events(), 2);
  EXPECT_EQ(imported(folder_, dataset_at(folder_.path("lines"), "sequences")).events(), 2);
}

TEST_F(Tables, WhatCannotBeUnpackedIsSaid) {
  std::string text = "user,item,at\n";
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * 7919 % 1000) + ",2,3\n";
  const std::string gz = packed(text, arrow::Compression::GZIP);
  folder_.write("log.csv.gz", gz.substr(0, gz.size() / 2));
  EXPECT_THAT(error(at("log.csv.gz", "csv")),
              HasSubstr("log.csv.gz: cannot be unpacked: it is damaged or cut off (gzip failed "
                        "after "));
  folder_.write("log.csv.gz", "user,item,at\n1,2,3\n");
  EXPECT_EQ(error(at("log.csv.gz", "csv")),
            "log.csv.gz: is named .gz, but what it holds is not packed with gzip");
}

}  // namespace
}  // namespace assay
