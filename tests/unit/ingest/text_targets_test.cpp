#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using testing::ElementsAre;

/// Targets that compare the texts of a column of any name.
class TextTargets : public test::LogTables {
 protected:
  task::DatasetSpec log(const std::string& name, const std::string& format) {
    task::DatasetSpec dataset = at(name, format);
    dataset.where = "x.yaml:3:3";
    dataset.targets = {{.name = "phone", .column = "device", .equals_text = "phone"}};
    dataset.split = {
        .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
    return dataset;
  }
  std::string load(const task::DatasetSpec& dataset) {
    return load_dataset(dataset, {}, {}, 1, folder_.places()).path;
  }
  std::vector<int> target(const task::DatasetSpec& dataset, const std::string& name = "phone") {
    const dataset::PreparedData data = dataset::PreparedData::open(load(dataset));
    const auto values = data.array<uint8_t>("event.target." + name);
    return {values.begin(), values.end()};
  }
  std::string error(const task::DatasetSpec& dataset) {
    return test::error_of(folder_, [&] { load(dataset); });
  }
  void write_csv() {
    folder_.write(
        "log.csv",
        "user,item,at,device,os\nu,a,1,phone,7\nu,b,2,tablet,8\nu,c,3,,7\nu,d,4,phone,7\n");
  }
};

TEST_F(TextTargets, AreReadFromCsvAndEmptyFieldsAreMissing) {
  write_csv();
  EXPECT_THAT(target(log("log.csv", "csv")), ElementsAre(1, 0, 255, 1));
}

TEST_F(TextTargets, AreReadFromJsonLinesWhereAKeyMayComeLate) {
  folder_.write("log.jsonl", R"({"user": "u", "item": "a", "at": 1}
{"user": "u", "item": "b", "at": 2, "device": "tablet"}
{"user": "u", "item": "c", "at": 3, "device": "phone"}
{"user": "u", "item": "d", "at": 4, "device": "phone"}
)");
  EXPECT_THAT(target(log("log.jsonl", "jsonl")), ElementsAre(255, 0, 1, 1));
}

TEST_F(TextTargets, AreReadFromParquetInTimeOrder) {
  for (const auto& type : {arrow::utf8(), arrow::dictionary(arrow::int32(), arrow::utf8())}) {
    test::write_parquet(folder_.path("log.parquet"),
                        {{"user", arrow::utf8(), R"(["u", "u", "u", "u"])"},
                         {"item", arrow::utf8(), R"(["d", "c", "b", "a"])"},
                         {"at", arrow::int64(), "[4, 3, 2, 1]"},
                         {"device", type, R"(["phone", null, "tablet", "phone"])"}});
    EXPECT_THAT(target(log("log.parquet", "parquet")), ElementsAre(1, 0, 255, 1))
        << type->ToString();
  }
}

TEST_F(TextTargets, AreReadFromRecBole) {
  folder_.write("log.inter",
                "user_id:token\titem_id:token\ttimestamp:float\tdevice:token\n"
                "u\ta\t1\tphone\nu\tb\t2\ttablet\nu\tc\t3\t\nu\td\t4\tphone\n");
  task::DatasetSpec dataset = log("log.inter", "recbole");
  dataset.columns = {};
  EXPECT_THAT(target(dataset), ElementsAre(1, 0, 255, 1));
}

TEST_F(TextTargets, IntegersAreTextsTooAndMayBeNumbersBesides) {
  write_csv();
  task::DatasetSpec dataset = log("log.csv", "csv");
  dataset.targets.push_back({.name = "seven", .column = "os", .equals_text = "7"});
  dataset.targets.push_back({.name = "new", .column = "os", .at_least = 8});
  EXPECT_THAT(target(dataset, "seven"), ElementsAre(1, 0, 1, 1));
  EXPECT_THAT(target(dataset, "new"), ElementsAre(0, 1, 0, 0));
}

TEST_F(TextTargets, ATextThatDoesNotOccurIsNamedWithThoseThatDo) {
  write_csv();
  task::DatasetSpec dataset = log("log.csv", "csv");
  dataset.targets[0].equals_text = "phnoe";
  EXPECT_EQ(error(dataset),
            "x.yaml:3:3: targets.phone.equals is \"phnoe\", and no event has that text in device; "
            "its texts are phone (2), tablet (1); did you mean \"phone\"?");
}

TEST_F(TextTargets, AnEventTypeIsOneWithoutBeingNamedAsTheColumnOfTypes) {
  folder_.write("log.csv", "user,item,at,event\nu,a,1,buy\nu,b,2,view\nu,c,3,buy\nu,d,4,buy\n");
  task::DatasetSpec dataset = log("log.csv", "csv");
  dataset.targets = {{.name = "bought", .column = "event", .equals_text = "buy"}};
  EXPECT_THAT(target(dataset, "bought"), ElementsAre(1, 0, 1, 1));
}

TEST_F(TextTargets, TheirTextsAreUsedAndTheColumnsThatNoneComparesAreNot) {
  write_csv();
  const std::string before = load(log("log.csv", "csv"));
  folder_.write("log.csv",
                "user,item,at,device,os\nu,a,1,phone,x\nu,b,2,tablet,8\nu,c,3,,7\nu,d,4,phone,7\n");
  EXPECT_EQ(load(log("log.csv", "csv")), before);
  folder_.write("log.csv",
                "user,item,at,device,os\nu,a,1,phone,x\nu,b,2,phone,8\nu,c,3,,7\nu,d,4,phone,7\n");
  EXPECT_NE(load(log("log.csv", "csv")), before);
}

}  // namespace
}  // namespace assay::ingest
