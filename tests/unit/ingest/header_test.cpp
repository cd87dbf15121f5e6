#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data_files.h"

namespace assay::ingest {
namespace {

using test::imported;
using test::seconds;
using test::texts;
using test::values;
using testing::ElementsAre;

/// Files whose columns the experiment names.
class Header : public test::LogTables {
 protected:
  task::DatasetSpec at(const std::string& name, const std::string& format) const {
    task::DatasetSpec dataset = LogTables::at(name, format);
    dataset.columns["value"] = "rating";
    dataset.header = {"user", "item", "rating", "at"};
    return dataset;
  }
  task::DatasetSpec csv(const std::string& text) const {
    folder_.write("log.csv", text);
    return at("log.csv", "csv");
  }
  task::DatasetSpec tsv(const std::string& text) const {
    folder_.write("log.tsv", text);
    return at("log.tsv", "tsv");
  }
};

TEST_F(Header, NamesTheColumnsOfAFileWithoutAHeaderLine) {
  for (const task::DatasetSpec& dataset :
       {csv("b,\"x,\ny\",4,20\na,z,5,10\n"), tsv("b\tx,\\ny\t4\t20\na\tz\t5\t10\n")}) {
    const dataset::ImportedData log = imported(folder_, dataset);
    EXPECT_THAT(texts(log.user_ids()), ElementsAre("a", "b")) << dataset.format;
    EXPECT_THAT(seconds(log.file(), "event.time_us"), ElementsAre(10, 20)) << dataset.format;
    EXPECT_THAT(values<double>(log.file(), "event.number.rating"), ElementsAre(5, 4));
    EXPECT_EQ(log.info().at("value"), "rating");
  }
  EXPECT_EQ(imported(folder_, csv("\xEF\xBB\xBF"
                                  "1,2,3,4\r\n\r\n5,6,7,8\r\n\n"))
                .events(),
            2);
}

TEST_F(Header, NamesThoseOfEachFileOfASplit) {
  folder_.write("train.csv", "1,2,3,10\n");
  folder_.write("test.csv", "1,3,3,20\n");
  task::DatasetSpec dataset = at("", "csv");
  dataset.split = {
      .method = task::SplitMethod::given, .train_path = "train.csv", .test_path = "test.csv"};
  EXPECT_THAT(values<uint8_t>(imported(folder_, dataset).file(), "event.part"), ElementsAre(0, 1));
}

TEST_F(Header, OfAnotherLengthIsAnErrorWithLineAndBothNumbers) {
  EXPECT_EQ(error(csv("1,2,3\n")),
            "log.csv:1: the row has 3 fields, source.header names 4; it begins \"1,2,3\"");
  EXPECT_EQ(error(csv("1,2,3,4\n1,2,3,4,5\n")),
            "log.csv:2: the row has 5 fields, source.header names 4; it begins \"1,2,3,4,5\"");
  EXPECT_EQ(error(tsv("1\t2\t3\t4\n1\t2\n")),
            "log.tsv:2: the row has 2 fields, source.header names 4; it begins \"1\t2\"");
}

TEST_F(Header, OfAFileThatHasOneIsSaid) {
  const std::string what =
      ":1: holds the names of source.header, which is for files without a header line; remove it";
  EXPECT_EQ(error(csv("user,item,rating,at\n1,2,3,4\n")), "log.csv" + what);
  EXPECT_EQ(error(csv("\"User\",Item,Rating,AT\n1,2,3,4\n")), "log.csv" + what);
  EXPECT_EQ(error(tsv("user\titem\trating\tat\n1\t2\t3\t4\n")), "log.tsv" + what);
}

TEST_F(Header, OfAnEmptyFileIsNoHeaderLine) {
  EXPECT_EQ(error(csv("")), "log.csv: is empty");
  EXPECT_EQ(error(tsv("")), "log.tsv: is empty");
}

TEST_F(Header, PlacesOfErrorsCountFromTheFirstLine) {
  EXPECT_EQ(error(csv("1,2,3,4\n1,2,x,4\n")), "log.csv:2: rating is \"x\"; expected a number");
  EXPECT_EQ(error(tsv("1\t2\t3\t4\n1\t\t3\t4\n")),
            "log.tsv:2: item is empty; every event has an item");
}

TEST_F(Header, EntersTheKeyOfTheImport) {
  task::DatasetSpec dataset = csv("1,2,3,4\n");
  const std::string key = import_dataset(dataset, folder_.places()).key;
  dataset.header = {"user", "item", "at", "rating"};
  EXPECT_NE(import_dataset(dataset, folder_.places()).key, key);
}

}  // namespace
}  // namespace assay::ingest
