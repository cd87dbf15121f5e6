#include "ingest/atomic_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data_files.h"
#include "ingest/titles.h"

namespace assay::ingest {
namespace {

using test::error_of;
using test::imported;
using test::seconds;
using test::TestFolder;
using test::texts;
using test::values;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kHeader = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";

class AtomicFiles : public testing::Test {
 protected:
  // Writes toy/toy.inter and returns the error of importing it.
  std::string error_with(const std::string& inter) {
    folder_.write("toy/toy.inter", inter);
    return error();
  }
  std::string error() {
    return error_of(folder_, [&] { import_dataset(dataset_, folder_.places()); });
  }
  dataset::ImportedData data() { return imported(folder_, dataset_); }

  TestFolder folder_;
  task::DatasetSpec dataset_ = test::dataset_at(folder_.path("toy"), "recbole");
};

TEST_F(AtomicFiles, EventsHaveATypeWhereAColumnIsNamed) {
  folder_.write("toy/toy.inter",
                "user_id:token\titem_id:token\ttimestamp:float\twhat:token\n"
                "1\t1\t2\tview\n1\t1\t1\tbuy\n");
  EXPECT_FALSE(data().file().has("event.type"));
  dataset_.columns["event"] = "what";
  EXPECT_THAT(data().info().at("event_types").get<std::vector<std::string>>(),
              ElementsAre("buy", "view"));
  EXPECT_THAT(values<int32_t>(data().file(), "event.type"), ElementsAre(0, 1));
  EXPECT_EQ(error_with("user_id:token\titem_id:token\twhat:token\n1\t1\t\n"),
            "toy/toy.inter:2: what is empty; every event has a type");
}

TEST_F(AtomicFiles, EventsComeInTimeOrderWithDenseIdsInTheOrderOfOutsideIds) {
  folder_.write("toy/toy.inter",
                std::string(kHeader) + "10\tb\t5\t300\n9\ta\t3.5\t100\n10\ta\t\t200.9\n");
  const dataset::ImportedData toy = data();
  EXPECT_THAT(texts(toy.user_ids()), ElementsAre("9", "10"));
  EXPECT_THAT(texts(toy.item_ids()), ElementsAre("a", "b"));
  EXPECT_THAT(values<int32_t>(toy.file(), "event.user"), ElementsAre(0, 1, 1));
  EXPECT_THAT(values<int32_t>(toy.file(), "event.item"), ElementsAre(0, 0, 1));
  EXPECT_THAT(seconds(toy.file(), "event.time_us"), ElementsAre(100, 200.9, 300));
  EXPECT_THAT(values<int32_t>(toy.file(), "event.row"), ElementsAre(1, 2, 0));
  const auto rating = values<double>(toy.file(), "event.number.rating");
  EXPECT_EQ(rating[0], 3.5);
  EXPECT_TRUE(std::isnan(rating[1])) << "an empty field is missing";
  EXPECT_EQ(toy.info().at("value"), "rating");
}

TEST_F(AtomicFiles, TitlesAreAsTheFileOfItemsWritesThem) {
  folder_.write("toy/toy.inter", std::string(kHeader) + "u\t1\t1\t1\n");
  folder_.write("toy/toy.item",
                "item_id:token\tMovie_Title:token_seq\tkind:token\n"
                "1\tThe Day of the Jackal\tthriller\n2\t\tdrama\n3\tCaf\xe9\tdrama\n");
  EXPECT_THAT(written_titles(dataset_, folder_.places()),
              ElementsAre(Pair("1", "The Day of the Jackal")))
      << "words in their order; none where the field is empty or no UTF-8";
  folder_.write("toy/toy.item", "item_id:token\tbrand_name:token\n1\tAcme\n");
  EXPECT_THAT(written_titles(dataset_, folder_.places()), IsEmpty());
}

TEST_F(AtomicFiles, LineEndsOfWindowsAndAByteOrderMarkAreTaken) {
  folder_.write("toy/toy.inter", "\xEF\xBB\xBFuser_id:token\titem_id:token\r\n1\t2\r\n3\t4");
  EXPECT_THAT(texts(data().item_ids()), ElementsAre("2", "4"));
  EXPECT_FALSE(data().has_times());
}

TEST_F(AtomicFiles, FeaturesOfEveryType) {
  folder_.write("toy/toy.inter", std::string(kHeader) + "u\t1\t1\t1\nu\t3\t1\t2\n");
  folder_.write("toy/toy.item",
                "item_id:token\tkind:token\tprice:float\ttags:token_seq\tplace:float_seq\n"
                "2\tz\t\tred blue red\t1 2\n"
                "1\ta\t2.5\t\t\n");
  const dataset::ImportedData toy = data();
  const dataset::SafetensorsFile& file = toy.file();
  EXPECT_THAT(texts(toy.item_ids()), ElementsAre("1", "2", "3"))
      << "item 2 has no event, item 3 no row";
  EXPECT_THAT(values<uint8_t>(file, "item.listed"), ElementsAre(1, 1, 0));
  EXPECT_THAT(values<int32_t>(file, "item.feature.kind.values"), ElementsAre(0, 1, -1));
  const auto price = values<float>(file, "item.feature.price.values");
  EXPECT_EQ(price[0], 2.5f);
  EXPECT_TRUE(std::isnan(price[1]) && std::isnan(price[2]));
  EXPECT_THAT(values<int64_t>(file, "item.feature.tags.set.offsets"), ElementsAre(0, 0, 2, 2));
  EXPECT_THAT(values<int64_t>(file, "item.feature.tags.set.values"), ElementsAre(0, 1))
      << "each once, blue before red";
  EXPECT_THAT(file.tensor("item.feature.place.values").shape, ElementsAre(3, 2));
  EXPECT_THAT(std::span(file.array<float>("item.feature.place.values")).subspan(2, 2),
              ElementsAre(1, 2));
  EXPECT_EQ(toy.info().at("features").at("item").size(), 4);
  EXPECT_EQ(toy.info().at("features").at("item")[0].at("cardinality"), 2);
}

TEST_F(AtomicFiles, ATimeColumnOfAFeatureFileSaysSinceWhenARowIsKnown) {
  folder_.write("toy/toy.inter", std::string(kHeader) + "u\t1\t1\t1\nu\t2\t1\t2\n");
  folder_.write("toy/toy.item", "item_id:token\tyear:float\ttimestamp:float\n1\t1999\t50\n");
  EXPECT_THAT(seconds(data().file(), "item.known_since_us"), ElementsAre(50, -1));
  EXPECT_EQ(data().info().at("features").at("item").size(), 1);
}

TEST_F(AtomicFiles, AColumnOfNamesIsTriedAsNumbersAndTheFirstThatIsNoneIsRemembered) {
  folder_.write("toy/toy.inter",
                "user_id:token\titem_id:token\tclicks:token\tshop:token\ttags:token_"
                "seq\n1\t2\t0\t7\ta b\n1\t3\t1\tnorth\tc\n");
  const dataset::ImportedData toy = data();
  EXPECT_THAT(toy.info().at("numbers").get<std::vector<std::string>>(), ElementsAre("clicks"));
  EXPECT_THAT(toy.info().at("not_numbers").at("shop").get<std::string>(),
              testing::EndsWith("toy.inter:3 holds \"north\""));
  EXPECT_THAT(toy.info().at("not_numbers").at("tags").get<std::string>(),
              testing::EndsWith("declares it token_seq"));
}

TEST_F(AtomicFiles, OtherColumnNamesCanBeSaid) {
  folder_.write("toy/toy.inter", "who:token\twhat:token\tat:float\n1\t2\t3\n");
  dataset_.columns = {{"user", "who"}, {"item", "what"}, {"time", "at"}};
  EXPECT_TRUE(data().has_times());
}

TEST_F(AtomicFiles, GivenFilesAreMarkedByPart) {
  folder_.write("toy/a.inter", std::string(kHeader) + "1\t1\t1\t1\n");
  folder_.write("toy/b.inter", std::string(kHeader) + "1\t2\t1\t2\n");
  dataset_.split = {
      .method = task::SplitMethod::given, .train_path = "a.inter", .test_path = "b.inter"};
  EXPECT_THAT(values<uint8_t>(data().file(), "event.part"), ElementsAre(0, 1));
  folder_.write("toy/b.inter", "user_id:token\titem_id:token\n1\t2\n");
  EXPECT_EQ(error(), "toy/b.inter:1: its columns differ from those of toy/a.inter");
}

TEST_F(AtomicFiles, SayWhichFileIsMissing) {
  EXPECT_EQ(error(), "toy: was not found");
  folder_.write("toy/toy.itner", kHeader);
  EXPECT_EQ(error(), "toy: contains no .inter file; it contains: toy.itner");
  dataset_.path = folder_.path("toy/toy.inter");
  EXPECT_EQ(error(), "toy/toy.inter: was not found; did you mean \"toy.itner\"?");
  folder_.write("toy/a.inter", kHeader);
  folder_.write("toy/b.inter", kHeader);
  dataset_.path = folder_.path("toy");
  EXPECT_EQ(error(), "toy: contains several .inter files (a.inter, b.inter); name one as the path");
}

TEST_F(AtomicFiles, SayWhichColumnIsMissing) {
  EXPECT_EQ(error_with("usr_id:token\titem_id:token\n1\t2\n"),
            "toy/toy.inter:1: has no column user_id; did you mean \"usr_id\"?");
  dataset_.columns = {{"time", "when"}};
  EXPECT_EQ(error_with(std::string(kHeader) + "1\t2\t3\t4\n"),
            "toy/toy.inter:1: has no column when; known: user_id, item_id, rating, timestamp");
  folder_.write("toy/toy.item", "id:token\n1\n");
  dataset_.columns = {};
  EXPECT_EQ(error(), "toy/toy.item:1: has no column item_id; known: id");
}

TEST_F(AtomicFiles, SayWhereARowIsShortOrLong) {
  EXPECT_EQ(
      error_with(std::string(kHeader) + "1\t2\t3\t4\n1\t2\t3\n"),
      "toy/toy.inter:3: the row has 3 fields, the header names 4; columns are separated by tabs");
  EXPECT_EQ(
      error_with(std::string(kHeader) + "1\t2\t3\t4\n\n1\t2\t3\t4\n"),
      "toy/toy.inter:3: the row has 1 fields, the header names 4; columns are separated by tabs");
  EXPECT_EQ(
      error_with(std::string(kHeader) + "1\t2\t3\t4\t5\n"),
      "toy/toy.inter:2: the row has 5 fields, the header names 4; columns are separated by tabs");
}

TEST_F(AtomicFiles, SayWhereANumberIsBad) {
  EXPECT_EQ(error_with(std::string(kHeader) + "1\t2\tabc\t4\n"),
            "toy/toy.inter:2: rating is \"abc\"; expected a number");
  EXPECT_EQ(error_with(std::string(kHeader) + "1\t2\tnan\t4\n"),
            "toy/toy.inter:2: rating is \"nan\"; expected a number");
  EXPECT_EQ(error_with(std::string(kHeader) + "1\t2\t3\t\n"),
            "toy/toy.inter:2: timestamp is empty; every event has a time, unless clean: "
            "{missing_times: drop} drops those without one");
  const std::string x39(39, 'x');
  EXPECT_EQ(error_with(std::string(kHeader) + "1\t2\t" + x39 + "ää\t4\n"),
            "toy/toy.inter:2: rating is \"" + x39 + "...\"; expected a number")
      << "cut between characters";
  EXPECT_EQ(
      error_with(std::string(kHeader) + "1\t2\t3\t1700000000000\n"),
      "toy/toy.inter:2: timestamp is \"1700000000000\", but times are in seconds since 1970, "
      "UTC; in milliseconds it is 2023-11-14 22:13:20: write columns: {time: {name: timestamp, "
      "unit: ms}}");
  EXPECT_EQ(error_with(std::string(kHeader) + "1\t2\t3\t-5\n"),
            "toy/toy.inter:2: timestamp is \"-5\", but times are in seconds since 1970, UTC; times "
            "before 1970 are not "
            "supported");
  folder_.write("toy/toy.inter", std::string(kHeader) + "1\t2\t3\t4\n");
  folder_.write("toy/toy.item", "item_id:token\tplace:float_seq\n1\t1 2\n2\t1 2 3\n");
  EXPECT_EQ(error(), "toy/toy.item:3: place has 3 values; the rows before have 2");
  folder_.write("toy/toy.item", "item_id:token\tprice:float\n1\tcheap\n");
  EXPECT_EQ(error(), "toy/toy.item:2: price is \"cheap\"; expected a number");
}

TEST_F(AtomicFiles, SayWhatIsWrongWithAHeader) {
  EXPECT_EQ(error_with(""),
            "toy/toy.inter: is empty; expected a header line, such as user_id:token");
  EXPECT_EQ(
      error_with("user_id\titem_id\n"),
      "toy/toy.inter:1: the header has \"user_id\"; expected name:type, such as user_id:token");
  EXPECT_EQ(error_with("user_id:token\titem_id:tokn\n"),
            "toy/toy.inter:1: column item_id has the type \"tokn\"; did you mean \"token\"?");
  EXPECT_EQ(error_with("user_id:token\titem_id:token\tuser_id:token\n"),
            "toy/toy.inter:1: column user_id occurs twice in the header (columns 1 and 3)");
  EXPECT_EQ(error_with("user_id:token\titem_id:token\t\xFF:float\n1\t2\t3\n"),
            "toy/toy.inter:1: the header is not UTF-8");
}

TEST_F(AtomicFiles, SayWhenThereIsNoEventOrNoId) {
  EXPECT_EQ(error_with(kHeader), "toy/toy.inter: has no event");
  EXPECT_EQ(error_with(std::string(kHeader) + "\t2\t3\t4\n"),
            "toy/toy.inter:2: user_id is empty; every event has a user");
  EXPECT_EQ(error_with(std::string(kHeader) + "1\t\t3\t4\n"),
            "toy/toy.inter:2: item_id is empty; every event has an item");
}

TEST_F(AtomicFiles, SayWhenAFeatureFileHasAnIdTwice) {
  folder_.write("toy/toy.inter", std::string(kHeader) + "1\t2\t3\t4\n");
  folder_.write("toy/toy.user", "user_id:token\tage:float\n1\t20\n2\t30\n1\t40\n");
  EXPECT_EQ(error(), "toy/toy.user:4: \"1\" occurs twice in this file (first in line 2)");
}

}  // namespace
}  // namespace assay::ingest
