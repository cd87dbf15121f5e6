#include "dataset/features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "arrow_files.h"
#include "data_files.h"
#include "dataset/feature_coverage.h"
#include "ingest/feature_files.h"

namespace assay::ingest {
namespace {

using test::error_of;
using test::imported;
using test::seconds;
using test::TestFolder;
using test::texts;
using test::values;
using testing::ElementsAre;

class Features : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("log.csv", "user,item,at\n1,0,1\n1,1,2\n2,2,3\n");
    dataset_ = test::csv_at(folder_.path("log.csv"));
  }
  void add(const std::string& name, const std::string& format, const std::string& id,
           std::map<std::string, std::string> columns) {
    const bool vectors = format == "npy" || format == "safetensors";
    dataset_.features.push_back({.of = "item",
                                 .path = folder_.path(name),
                                 .format = format,
                                 .id = vectors && !id.empty() ? folder_.path(id) : id,
                                 .columns = std::move(columns),
                                 .where = {}});
  }
  std::string error() {
    return error_of(folder_, [&] { import_dataset(dataset_, folder_.places()); });
  }
  // A .npy of float32 [rows, width].
  void write_npy(const std::string& name, int rows, int width, std::vector<float> all,
                 const std::string& type = "<f4") {
    std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" +
                         std::to_string(rows) + ", " + std::to_string(width) + "), }";
    header.resize(117, ' ');
    header += '\n';
    std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(all.data()), all.size() * sizeof(float));
    folder_.write(name, bytes);
  }
  TestFolder folder_;
  task::DatasetSpec dataset_;
};

TEST_F(Features, EveryTypeIsReadFromSeparatedValues) {
  folder_.write(
      "items.csv",
      "sku,shelf,price,tags,place,title\n1,b,2.5,x|y,0.5|1,One\n0,a,,y,,\n9,b,1,,3|4,Nine\n");
  add("items.csv", "csv", "sku",
      {{"shelf", "category"},
       {"price", "number"},
       {"tags", "set"},
       {"place", "vector"},
       {"title", "text"}});
  const dataset::ImportedData log = imported(folder_, dataset_);
  EXPECT_THAT(texts(log.item_ids()), ElementsAre("0", "1", "2", "9"));
  const auto& file = log.file();
  EXPECT_THAT(values<int32_t>(file, "item.feature.shelf.values"), ElementsAre(0, 1, -1, 1));
  EXPECT_THAT(values<float>(file, "item.feature.price.values"),
              ElementsAre(testing::IsNan(), 2.5, testing::IsNan(), 1));
  EXPECT_THAT(values<int64_t>(file, "item.feature.tags.set.values"), ElementsAre(1, 0, 1));
  EXPECT_THAT(values<int64_t>(file, "item.feature.tags.set.offsets"), ElementsAre(0, 1, 3, 3, 3));
  const auto place = values<float>(file, "item.feature.place.values");
  EXPECT_EQ(place.size(), 8u);
  EXPECT_TRUE(std::isnan(place[0]) && std::isnan(place[4]));
  EXPECT_EQ(place[2], 0.5f);
  EXPECT_EQ(place[7], 4.0f);
  EXPECT_THAT(values<uint8_t>(file, "item.listed"), ElementsAre(1, 1, 0, 1));
  const auto views = features_in(file, "item", log.info().at("features").at("item"));
  for (const dataset::FeatureView& view : views) {
    if (view.name != "title") continue;
    EXPECT_THAT(texts(view.text), ElementsAre("", "One", "", "Nine"));
  }
}

TEST_F(Features, TheTimeColumnOfTheEventsSaysSinceWhenARowWasKnown) {
  dataset_.columns["time"] = "at";
  folder_.write("items.csv", "sku,at,n\n1,7,1\n0,1970-01-01 00:00:09,2\n");
  test::write_parquet(folder_.path("more.parquet"), {{"sku", arrow::utf8(), R"(["1", "2"])"},
                                                     {"at", arrow::int64(), "[8, 5]"},
                                                     {"m", arrow::float64(), "[1, 2]"}});
  folder_.write("lines.jsonl", "{\"sku\": 0, \"at\": 4, \"l\": 1}\n");
  add("items.csv", "csv", "sku", {{"n", "number"}, {"at", "text"}});
  add("more.parquet", "parquet", "sku", {{"m", "number"}});
  add("lines.jsonl", "jsonl", "sku", {{"l", "number"}});
  const dataset::ImportedData log = imported(folder_, dataset_);
  EXPECT_THAT(seconds(log.file(), "item.known_since_us"), ElementsAre(9, 8, 5))
      << "the latest of all files";
  EXPECT_TRUE(log.file().has("item.feature.at.text")) << "a feature too, where it is named as one";
  dataset_.columns.erase("time");
  EXPECT_FALSE(imported(folder_, dataset_).file().has("item.known_since_us"));
  dataset_.columns["time"] = "at";
  folder_.write("items.csv", "sku,at,n\n1,7,1\n0,,2\n");
  EXPECT_EQ(error(), "items.csv:3: at is empty; expected seconds since 1970, or a time");
}

TEST_F(Features, ListsComeFromParquetJsonLinesAndJsonMaps) {
  test::write_parquet(
      folder_.path("v.parquet"),
      {{"id", arrow::int32(), "[2, 0]"}, {"v", arrow::list(arrow::float32()), "[[1, 2], [3, 4]]"}});
  folder_.write("tags.jsonl", "{\"id\": 0, \"tags\": [\"b\", \"a\", \"b\"]}\n{\"id\": 1}\n");
  folder_.write("map.json", "{\"1\": [7], \"2\": [8, 7]}");
  add("v.parquet", "parquet", "id", {{"v", "vector"}});
  add("tags.jsonl", "jsonl", "id", {{"tags", "set"}});
  add("map.json", "json_map", "", {{"codes", "set"}});
  const dataset::ImportedData log = imported(folder_, dataset_);
  const auto vectors = values<float>(log.file(), "item.feature.v.values");
  EXPECT_THAT(std::vector<float>(vectors.begin(), vectors.begin() + 2), ElementsAre(3, 4));
  EXPECT_THAT(std::vector<float>(vectors.begin() + 4, vectors.end()), ElementsAre(1, 2));
  EXPECT_THAT(values<int64_t>(log.file(), "item.feature.tags.set.offsets"),
              ElementsAre(0, 2, 2, 2));
  EXPECT_THAT(values<int64_t>(log.file(), "item.feature.codes.set.offsets"),
              ElementsAre(0, 0, 1, 3));
}

TEST_F(Features, VectorsOfNumpyBelongToTheirRowOrToAFileOfIds) {
  write_npy("v.npy", 3, 2, {1, 2, 3, 4, 5, 6});
  add("v.npy", "npy", "", {{"by_row", "vector"}});
  folder_.write("ids.txt", "2\n0\n7\n");
  dataset_.features.push_back(dataset_.features.front());
  dataset_.features.back().columns = {{"by_id", "vector"}};
  dataset_.features.back().id = folder_.path("ids.txt");
  const dataset::ImportedData log = imported(folder_, dataset_);
  EXPECT_THAT(texts(log.item_ids()), ElementsAre("0", "1", "2", "7"));
  const auto by_row = values<float>(log.file(), "item.feature.by_row.values");
  EXPECT_THAT(std::vector<float>(by_row.begin(), by_row.begin() + 6),
              ElementsAre(1, 2, 3, 4, 5, 6));
  const auto by_id = values<float>(log.file(), "item.feature.by_id.values");
  EXPECT_EQ(by_id[0], 3);
  EXPECT_TRUE(std::isnan(by_id[2]));
  EXPECT_EQ(by_id[4], 1);
  EXPECT_EQ(by_id[7], 6);
}

TEST_F(Features, VectorsComeFromATensorByName) {
  dataset::SafetensorsWriter writer;
  const std::vector<float> all = {1, 2, 3, 4, 5, 6};
  writer.add("image", all, {3, 2});
  writer.write(folder_.path("v.safetensors"));
  add("v.safetensors", "safetensors", "", {{"image", "vector"}});
  EXPECT_THAT(values<float>(imported(folder_, dataset_).file(), "item.feature.image.values"),
              ElementsAre(1, 2, 3, 4, 5, 6));
  dataset_.features[0].columns = {{"images", "vector"}};
  EXPECT_EQ(error(),
            "v.safetensors: has no tensor images (features.columns); did you mean "
            "\"image\"?");
}

TEST_F(Features, SayWhichRowsDoNotMatchTheIds) {
  write_npy("v.npy", 2, 2, {1, 2, 3, 4});
  add("v.npy", "npy", "", {{"v", "vector"}});
  EXPECT_EQ(error(),
            "v.npy: has no row for the item \"2\": it has rows 0 to 1; name a file with one id per "
            "line as features.id");
  dataset_.features[0].id = folder_.write("ids.txt", "0\n1\n2\n");
  EXPECT_EQ(error(), "ids.txt:3: \"2\" has no vector: v.npy holds 2 rows");
  folder_.write("ids.txt", "0\n");
  EXPECT_EQ(error(), "v.npy: holds 2 rows, but ids.txt names 1 ids: row 1 (from 0) has no id");
  folder_.write("ids.txt", "0\n0\n");
  EXPECT_EQ(error(), "ids.txt:2: \"0\" occurs twice in this file (first in line 1)");
}

TEST_F(Features, SayWhatIsNoVector) {
  folder_.write("ids.txt", "0\n1\n");
  write_npy("v.npy", 2, 2, {1, 2, 3, NAN});
  add("v.npy", "npy", "ids.txt", {{"v", "vector"}});
  EXPECT_EQ(error(), "v.npy, row 1: v contains nan; every component of a vector is a number");
  write_npy("v.npy", 2, 2, {1, 2, 3});
  EXPECT_EQ(
      error(),
      "v.npy: is truncated: it has 1 of 2 rows; expected a .npy of float16, float32 or float64 "
      "[rows, width]");
  write_npy("v.npy", 2, 2, {1, 2, 3, 4}, "<i4");
  EXPECT_EQ(error(),
            "v.npy: holds '<i4'; expected a .npy of float16, float32 or float64 [rows, width]");
  folder_.write("v.npy", "1 2\n3 4\n");
  EXPECT_EQ(error(),
            "v.npy: holds no NumPy array; expected a .npy of float16, float32 or float64 [rows, "
            "width]");
}

TEST_F(Features, SayWhichIdStandsTwiceAndWhichValueIsNotOfItsType) {
  folder_.write("items.csv", "sku,price\n1,2\n0,3\n1,4\n");
  add("items.csv", "csv", "sku", {{"price", "number"}});
  EXPECT_EQ(error(), "items.csv:4: \"1\" occurs twice in this file (first in line 2)");
  folder_.write("items.csv", "sku,price\n1,cheap\n");
  EXPECT_EQ(error(), "items.csv:2: price is \"cheap\"; expected a number");
  folder_.write("items.csv", "sku,prices\n1,2\n");
  EXPECT_EQ(error(),
            "items.csv:1: has no column price (features.columns); did you mean "
            "\"prices\"?");
  dataset_.features.clear();
  folder_.write("map.json", "{\"1\": 2, \"1\": 3}");
  add("map.json", "json_map", "", {{"price", "number"}});
  EXPECT_EQ(error(), "map.json: \"1\" occurs twice in this file");
}

TEST_F(Features, AListThatIsWrittenAsATextIsRefused) {
  const auto error = [&](const std::string& type, const std::string& value) {
    folder_.write("items.csv", "id,x\n0,\"" + value + "\"\n");
    dataset_.features.clear();
    add("items.csv", "csv", "id", {{"x", type}});
    return test::error_of(folder_, [&] { import_dataset(dataset_, folder_.places()); });
  };
  const std::string members =
      ", a list that is written as a text; expected its members with \"|\" (separator) between "
      "them, or a list in Parquet or JSON lines";
  EXPECT_EQ(error("set", "['a', 'b']"), "items.csv:2: x is \"['a', 'b']\"" + members);
  EXPECT_EQ(error("set", "[a, b]"), "items.csv:2: x is \"[a, b]\"" + members);
  EXPECT_EQ(error("set", "['a' 'b']"), "items.csv:2: x is \"['a' 'b']\"" + members);
  EXPECT_EQ(error("set", "[]"), "items.csv:2: x is \"[]\"" + members);
  EXPECT_EQ(error("vector", "[0.5, 1]"), "items.csv:2: x is \"[0.5, 1]\"" + members);
  EXPECT_EQ(error("category", "['a']"),
            "items.csv:2: x is \"['a']\", a list that is written as a text; expected one category; "
            "a set takes lists");
  for (const char* plain : {"[Uncut]", "[a]|[b]", "[Uncut] Drama", "[2012]"})
    EXPECT_EQ(error("set", plain), "") << plain;
  EXPECT_EQ(error("text", "['a', 'b']"), "") << "a text may be anything";
}

TEST_F(Features, AFileOfWhichNoIdIsInTheLogIsRefused) {
  folder_.write("items.csv", "sku,price\nx0,1\nx1,2\nx2,3\nx3,4\n");
  add("items.csv", "csv", "sku", {{"price", "number"}});
  EXPECT_EQ(
      error(),
      "items.csv: none of its 4 ids is an item of the log; sku has \"x0\", \"x1\", \"x2\", ..., "
      "the log \"0\", \"1\", \"2\"; name the file and the column with the ids of the log");
  dataset_.features.clear();
  write_npy("v.npy", 2, 1, {1, 2});
  folder_.write("ids.txt", "i0\ni1\n");
  add("v.npy", "npy", "ids.txt", {{"v", "vector"}});
  EXPECT_EQ(error(),
            "v.npy: none of its 2 ids is an item of the log; the id has \"i0\", \"i1\", the log "
            "\"0\", \"1\", \"2\"; name the file and the column with the ids of the log");
}

TEST_F(Features, WhoHasNoRowAndWhichRowsAreOfNobodyIsCounted) {
  folder_.write("items.csv", "sku,price\n0,1\nx0,1\nx1,2\n");
  add("items.csv", "csv", "sku", {{"price", "number"}});
  folder_.write("all.csv", "sku,shelf\n0,1\n1,1\n2,2\n");
  add("all.csv", "csv", "sku", {{"shelf", "category"}});
  const auto files =
      dataset::feature_coverage_of(imported(folder_, dataset_).info().at("feature_files"));
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].text(),
            "items.csv: 2 of 3 items of the log have no row (\"1\", \"2\"); 2 of its 3 rows are of "
            "items that are not in the log (\"x0\", \"x1\")");
  EXPECT_EQ(files[1].text(), "all.csv: all 3 items of the log have a row")
      << "what only another file knows is not of the log";
}

TEST_F(Features, ItemsOfTheLogWithoutARowAreToldAndStandInTheAudit) {
  folder_.write("log.csv", "user,item,at\n1,0,1\n1,1,2\n2,2,3\n2,1,4\n");
  folder_.write("items.csv", "sku,price\n0,1\n2,3\n9,4\n");
  add("items.csv", "csv", "sku", {{"price", "number"}});
  dataset_.split = {
      .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
  std::vector<std::string> told;
  const dataset::PreparedRef ref =
      load_dataset(dataset_, {}, {}, 1, folder_.places(),
                   [&](const std::string& line) { told.push_back(line); });
  const std::string text =
      "items.csv: 1 of 3 items of the log has no row (\"1\"); 1 of its 3 rows is of items that are "
      "not in the log (\"9\")";
  EXPECT_THAT(told, testing::Contains("logs: " + text));
  test::expect_property(ref, "feature_rows", text);
}

TEST_F(Features, ACatalogueOfMoreThanTheLogIsNoFinding) {
  folder_.write("items.csv", "sku,price\n0,1\n1,2\n2,3\n9,4\n");
  add("items.csv", "csv", "sku", {{"price", "number"}});
  dataset_.split = {
      .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
  const auto about_items = [](const std::string& line) {
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("items.csv")));
  };
  const dataset::PreparedRef ref = load_dataset(dataset_, {}, {}, 1, folder_.places(), about_items);
  EXPECT_EQ(ref.info.at("audit").back().at("result"), "none");
}

TEST_F(Features, AColumnInTwoFilesIsRefusedWithBoth) {
  folder_.write("a.csv", "sku,shelf\n1,2\n");
  folder_.write("b.csv", "sku,shelf\n1,3\n");
  add("a.csv", "csv", "sku", {{"shelf", "number"}});
  add("b.csv", "csv", "sku", {{"shelf", "number"}});
  dataset_.features[1].where = "exp.yaml:9:7";
  EXPECT_EQ(error(),
            "exp.yaml:9:7: the item feature shelf comes from b.csv and from a.csv; remove it from "
            "the columns of one of them, or rename it in its file");
  dataset_.features[1].of = "user";
  EXPECT_EQ(error(), "") << "users and items may have features of one name";
}

TEST_F(Features, AFileWithoutARowIsRefused) {
  folder_.write("a.csv", "sku,shelf\n");
  add("a.csv", "csv", "sku", {{"shelf", "number"}});
  EXPECT_EQ(error(), "a.csv: has no row; expected one per item");
}

TEST_F(Features, AnotherTypeOrAChangedFileIsAnotherImport) {
  folder_.write("items.csv", "sku,shelf\n1,2\n");
  add("items.csv", "csv", "sku", {{"shelf", "number"}});
  const std::string key = import_dataset(dataset_, folder_.places()).key;
  dataset_.features[0].columns["shelf"] = "category";
  const std::string other = import_dataset(dataset_, folder_.places()).key;
  EXPECT_NE(other, key);
  folder_.write("items.csv", "sku,shelf\n1,3\n");
  EXPECT_NE(import_dataset(dataset_, folder_.places()).key, other);
}

}  // namespace
}  // namespace assay::ingest
