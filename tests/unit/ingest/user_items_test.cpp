#include "ingest/user_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data_files.h"
#include "ingest/catalogue.h"

namespace assay::ingest {
namespace {

using test::imported;
using test::TestFolder;
using test::values;
using testing::ElementsAre;

class UserItems : public testing::Test {
 protected:
  std::string error_with(const std::string& text) {
    folder_.write("log.txt", text);
    return test::error_of(folder_, [&] { import_dataset(dataset_, folder_.places()); });
  }
  TestFolder folder_;
  task::DatasetSpec dataset_ = test::dataset_at(folder_.path("log.txt"), "user_items");
};

TEST_F(UserItems, EveryItemOfALineIsAnEventInThatOrder) {
  folder_.write("log.txt", "3 10 9\n1\t9  10\n2\n1 8");
  const dataset::ImportedData log = imported(folder_, dataset_);
  EXPECT_THAT(test::texts(log.user_ids()), ElementsAre("1", "2", "3"))
      << "user 2 has no item, and is known";
  EXPECT_THAT(test::texts(log.item_ids()), ElementsAre("8", "9", "10"));
  EXPECT_THAT(values<int32_t>(log.file(), "event.user"), ElementsAre(2, 2, 0, 0, 0));
  EXPECT_THAT(values<int32_t>(log.file(), "event.item"), ElementsAre(2, 1, 1, 2, 0));
  EXPECT_FALSE(log.has_times());
  EXPECT_FALSE(log.has_parts());
}

TEST_F(UserItems, SayWhatIsWrong) {
  EXPECT_EQ(error_with(""), "log.txt: is empty; expected lines of a user and items");
  EXPECT_EQ(error_with("1 2\n\n3 4\n"), "log.txt:2: the line is empty; expected a user and items");
  EXPECT_EQ(error_with("1\n2\n"), "log.txt: has no event");
}

TEST_F(UserItems, AnotherSeparatorThanBlanksIsSaid) {
  const std::string what = "; fields are separated by blanks";
  EXPECT_EQ(error_with("0,5,6,7\n1,6,8\n"), "log.txt:1: one field, \"0,5,6,7\"" + what);
  EXPECT_EQ(error_with("9\n0;5;6\n"), "log.txt:2: one field, \"0;5;6\"" + what)
      << "a user without items says nothing";
  EXPECT_EQ(error_with("0, 5, 6\n1, 6\n"), "log.txt:1: a first field, \"0,\"" + what);
  dataset_.format = "sequences";
  EXPECT_EQ(error_with("0,5,6,7\n"),
            "log.txt:1: the user \"0,5,6,7\" has no item; a sequence has at least one, and fields "
            "are separated by blanks");
}

TEST_F(UserItems, ACommaMayBelongToAnId) {
  folder_.write("log.txt", "doe,jane\ndoe,john a,b c\n");
  EXPECT_THAT(test::texts(imported(folder_, dataset_).item_ids()), ElementsAre("a,b", "c"));
}

TEST_F(UserItems, GivenFilesAreMarkedByPart) {
  folder_.write("g/train.txt", "1 2 3\n");
  folder_.write("g/test.txt", "1 4\n");
  dataset_.path = folder_.path("g");
  dataset_.split = {
      .method = task::SplitMethod::given, .train_path = "train.txt", .test_path = "test.txt"};
  EXPECT_THAT(values<uint8_t>(imported(folder_, dataset_).file(), "event.part"),
              ElementsAre(0, 0, 1));
  dataset_.split.test_path = "tests.txt";
  EXPECT_EQ(test::error_of(folder_, [&] { import_dataset(dataset_, folder_.places()); }),
            "g/tests.txt: was not found; did you mean \"test.txt\"?");
}

TEST_F(UserItems, ASequenceIsOneLineOfAUserWithItems) {
  dataset_.format = "sequences";
  folder_.write("log.txt", "3 10 9 10\n1 9\n");
  EXPECT_THAT(values<int32_t>(imported(folder_, dataset_).file(), "event.item"),
              ElementsAre(1, 0, 1, 0));
  EXPECT_EQ(error_with("1 2\n3 4\n1 5\n"),
            "log.txt:3: the user \"1\" occurs twice (first in line 1); a sequence is one line, "
            "format user_items takes several");
  EXPECT_EQ(error_with("1 2\n3\n"),
            "log.txt:2: the user \"3\" has no item; a sequence has at least one");
}

TEST(Catalogue, AmazonBeautyHasSequencesAndAttributes) {
  const TestFolder folder;
  DataPlaces places = DataPlaces::from_environment(folder.path("cache"));
  ASSAY_NEEDS_CATALOGUE("amazon-beauty", places);
  task::DatasetSpec dataset;
  dataset.name = dataset.source = "amazon-beauty";
  const dataset::ImportedData log =
      dataset::ImportedData::open(import_dataset(dataset, places).path);
  EXPECT_EQ(log.users(), 22363);
  EXPECT_EQ(log.items(), 12101);
  EXPECT_EQ(log.events(), 198502);
  const auto attributes = log.info().at("features").at("item").at(0);
  EXPECT_EQ(attributes.at("type"), "set");
  EXPECT_EQ(attributes.at("cardinality"), 637);
}

}  // namespace
}  // namespace assay::ingest
