#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data_files.h"

namespace assay::ingest {
namespace {

using test::csv_at;
using test::error_of;
using test::imported;
using test::seconds;
using test::TestFolder;
using test::texts;
using test::values;
using testing::ElementsAre;

class Csv : public testing::Test {
 protected:
  std::string error_with(const std::string& text) {
    folder_.write("log.csv", text);
    return error_of(folder_, [&] { import_dataset(dataset_, folder_.places()); });
  }
  dataset::ImportedData data_of(const std::string& text) {
    folder_.write("log.csv", text);
    return imported(folder_, dataset_);
  }

  TestFolder folder_;
  task::DatasetSpec dataset_ = csv_at(folder_.path("log.csv"));
};

TEST_F(Csv, ColumnsAreFoundByNameWhateverTheirOrder) {
  const dataset::ImportedData log =
      data_of("at,stars,item,user,note\n20,4,\"b, big\",x,hello\n10,5,a,\"the \"\"y\"\"\",\n");
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("the \"y\"", "x"));
  EXPECT_THAT(texts(log.item_ids()), ElementsAre("a", "b, big"));
  EXPECT_THAT(seconds(log.file(), "event.time_us"), ElementsAre(10, 20));
  EXPECT_THAT(values<double>(log.file(), "event.number.stars"), ElementsAre(5, 4));
  EXPECT_EQ(log.info().at("value"), "") << "none was named";
  EXPECT_TRUE(log.info().at("not_numbers").contains("note"));
}

TEST_F(Csv, TimesAreSecondsOrIso8601) {
  const dataset::ImportedData log = data_of(
      "user,item,at\n1,1,1700000000\n1,2,2023-11-14T22:13:21Z\n1,3,2023-11-14 "
      "23:13:22+01:00\n1,4,2023-11-14 22:13:23.900\n1,5,2023-11-15\n");
  EXPECT_THAT(seconds(log.file(), "event.time_us"),
              ElementsAre(1700000000, 1700000001, 1700000002, 1700000003.9, 1700006400));
}

TEST_F(Csv, ATabCanSeparate) {
  dataset_.delimiter = "\t";
  EXPECT_EQ(data_of("user\titem\tat\n1\t2\t3\n").events(), 1);
}

TEST_F(Csv, IdsStayTextAsTheyAre) {
  EXPECT_THAT(texts(data_of("user,item,at\n007,NA,1\n7,null,2\n").user_ids()),
              ElementsAre("007", "7"));
  EXPECT_THAT(texts(data_of("user,item,at\n007,NA,1\n7,null,2\n").item_ids()),
              ElementsAre("NA", "null"));
}

TEST_F(Csv, LinesAreCountedPastEmptyOnes) {
  EXPECT_EQ(
      error_with("user,item,at\n1,2,3\n\n1,2,3\n\n\n1,2,x\n"),
      "log.csv:7: at is \"x\"; expected seconds since 1970, or a time such as 2024-05-31 18:30:00");
}

TEST_F(Csv, LinesAreCountedPastManyBlocks) {
  std::string text = "user,item,at\n";
  for (int i = 0; i < 400000; ++i) text += "1234,5678,1700000000\n";
  EXPECT_EQ(error_with(text + "1,2,soon\n"),
            "log.csv:400002: at is \"soon\"; expected seconds since 1970, or a time such as "
            "2024-05-31 18:30:00");
  EXPECT_EQ(error_with(text + "1,2\n"),
            "log.csv:400002: the row has 2 fields, the header names 3; it begins \"1,2\"");
}

TEST_F(Csv, SayWhichColumnIsMissing) {
  EXPECT_EQ(error_with("user,items,at\n1,2,3\n"),
            "log.csv:1: has no column item (columns.item); did you mean \"items\"?");
  dataset_.columns.erase("user");
  EXPECT_EQ(error_with("user,item,at\n1,2,3\n"),
            "columns.user is missing; csv needs the name of that column");
}

TEST_F(Csv, SayWhereARowIsShortOrLong) {
  EXPECT_EQ(error_with("user,item,at\n1,2,3\n1,2\n"),
            "log.csv:3: the row has 2 fields, the header names 3; it begins \"1,2\"");
  EXPECT_EQ(error_with("user,item,at\n1,2,3,4\n"),
            "log.csv:2: the row has 4 fields, the header names 3; it begins \"1,2,3,4\"");
}

TEST_F(Csv, SayWhereANumberIsBad) {
  dataset_.columns["value"] = "stars";
  EXPECT_EQ(error_with("user,item,at,stars\n1,2,3,4\n1,2,3,many\n"),
            "log.csv:3: stars is \"many\"; expected a number");
  EXPECT_EQ(error_with("user,item,at,stars\n1,2,1700000000000,4\n"),
            "log.csv:2: at is \"1700000000000\", but times are in seconds since 1970, UTC; "
            "in milliseconds it is 2023-11-14 22:13:20: write columns: {time: {name: at, unit: "
            "ms}}");
}

TEST_F(Csv, SayWhatIsWrongWithTheFile) {
  EXPECT_EQ(error_with(""), "log.csv: is empty; expected a header line");
  EXPECT_EQ(error_with("user,item,at\n"), "log.csv: has no event");
  EXPECT_EQ(error_with("user,item,at,user\n1,2,3,4\n"),
            "log.csv:1: column user occurs twice in the header (columns 1 and 4)");
  EXPECT_EQ(error_with("user,item,at\n,2,3\n"), "log.csv:2: user is empty; every event has a user");
  dataset_.path = folder_.path("logs.csv");
  EXPECT_EQ(error_with("user,item,at\n1,2,3\n"),
            "logs.csv: was not found; did you mean \"log.csv\"?");
  dataset_.path = folder_.path();
  EXPECT_THAT(error_with("user,item,at\n1,2,3\n"),
              testing::HasSubstr("is a folder; name a file in it; it contains: cache, log.csv"));
}

TEST_F(Csv, GivenFilesAreMarkedByPart) {
  folder_.write("logs/train.csv", "user,item,at\n1,2,3\n");
  folder_.write("logs/test.csv", "user,item,at\n1,3,4\n");
  dataset_.path = folder_.path("logs");
  dataset_.split = {
      .method = task::SplitMethod::given, .train_path = "train.csv", .test_path = "test.csv"};
  EXPECT_THAT(values<uint8_t>(imported(folder_, dataset_).file(), "event.part"), ElementsAre(0, 1));
  dataset_.split.test_path = "";
  EXPECT_EQ(error_of(folder_, [&] { import_dataset(dataset_, folder_.places()); }),
            "split.method given needs split.train_file and split.test_file, relative to the data "
            "set's folder");
}

// Of more blocks than one, with line ends in quotes anywhere.
TEST_F(Csv, QuotesHoldLineEndsWhereverABlockEnds) {
  std::string text = "user,item,at,note\n";
  int64_t rows = 0;
  for (; text.size() < (size_t{5} << 20); ++rows) {
    const std::string number = std::to_string(rows);
    text += "u" + std::to_string(rows % 97) + ",\"i" + std::to_string(rows % 89) + "\"," + number;
    if (rows % 3 == 0)
      text += ",\"one,\ntwo \"\"quoted\"\",\r\n" + std::string(rows % 301, 'x') + "\"\n";
    if (rows % 3 == 1) text += ",5\" wide\n";
    if (rows % 3 == 2) text += ",\r\n";
  }
  const dataset::ImportedData log = data_of(text);
  EXPECT_EQ(log.events(), rows);
  EXPECT_EQ(log.users(), 97);
  EXPECT_EQ(log.items(), 89);
  const auto times = log.file().array<int64_t>("event.time_us");
  for (int64_t row = 0; row < rows; ++row) ASSERT_EQ(times[row], row * dataset::kMicroseconds);
  const auto line = std::ranges::count(text, '\n') + 1;
  EXPECT_EQ(error_with(text + "u,i\n"),
            "log.csv:" + std::to_string(line) +
                ": the row has 2 fields, the header names 4; it begins \"u,i\"");
  EXPECT_EQ(
      error_with(text + "u,i,late,\"a\nb\"\n"),
      "log.csv:" + std::to_string(line) +
          ": at is \"late\"; expected seconds since 1970, or a time such as 2024-05-31 18:30:00");
}

TEST_F(Csv, AHeaderThatIsCutAtTheWrongPlacesSaysWhatTheFileIs) {
  EXPECT_EQ(error_with("user;item;at\n1;2;3\n"),
            "log.csv:1: has no column user (columns.user); its header is one column that contains "
            "\";\", which is format: csv with delimiter: \";\"");
  EXPECT_EQ(error_with("user\titem\tat\n1\t2\t3\n"),
            "log.csv:1: has no column user (columns.user); its header is one column that contains "
            "tabs, which is format: tsv");
  EXPECT_EQ(
      error_with("{\"user\": 1, \"item\": 2}\n"),
      "log.csv:1: has no column user (columns.user); its first line is JSON, which is format: "
      "jsonl");
}

}  // namespace
}  // namespace assay::ingest
