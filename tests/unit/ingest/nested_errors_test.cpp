#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nested_rows.h"

namespace assay::ingest {
namespace {

using test::events_type;
using test::kSessions;
using test::write_parquet;
using testing::HasSubstr;

class NestedErrors : public test::NestedRows {};

TEST_F(NestedErrors, ListsOfUnequalLengthAreSaidByRowWithTheirLengths) {
  for (const std::string format : {"jsonl", "parquet"}) {
    const std::string file = format == "jsonl" ? "log.jsonl:" : "log.parquet, row ";
    const auto told = [&](const std::string& items, const std::string& times) {
      return error_of_lists(format, "[1, 2, 3]", items, times);
    };
    const std::string end = "; lists of one row are equally long";
    EXPECT_EQ(told("[[3, 4], [5], [6]]", "[[1, 2], [3, 4], [5]]"),
              file + "2: items has 1 element and times has 2 elements" + end);
    EXPECT_EQ(told("[[3, 4], [5], [6, 7, 8]]", "[[1, 2], [3], [5]]"),
              file + "3: items has 3 elements and times has 1 element" + end)
        << "the last row";
    EXPECT_EQ(told("[[3, 4], [5], [6]]", "[[1, 2], [], [5]]"),
              file + "2: items has 1 element and times has 0 elements" + end);
    EXPECT_EQ(told("[[3, 4], null, [6]]", "[[1, 2], [3], [5]]"),
              file + "2: items has 0 elements and times has 1 element" + end);
    EXPECT_EQ(told("[[3], [5], [6]]", "[[1, 2], [], [5]]"),
              file + "1: items has 1 element and times has 2 elements" + end);
    EXPECT_THAT(told("[[3, null], [5, 6], [6]]", "[[1, 2], [3], [5]]"),
                HasSubstr(file + "1: items is empty; every event has an item"))
        << "the first thing that is wrong";
  }
}

TEST_F(NestedErrors, ElementsThatAreMissingOrNoValuesAreSaidByRow) {
  EXPECT_EQ(error_of_lists("jsonl", "[1, 2]", "[[3], [4, null]]", "[[1], [2, 3]]"),
            "log.jsonl:2: items is empty; every event has an item");
  EXPECT_EQ(error_of_lists("parquet", "[1, 2]", "[[3], [4, null]]", "[[1], [2, 3]]"),
            "log.parquet, row 2: items is empty; every event has an item");
  EXPECT_THAT(error_of_lists("parquet", "[1, 2]", "[[3], [4, 5]]", "[[1], [2, null]]"),
              HasSubstr("log.parquet, row 2: times is empty"));
  EXPECT_EQ(error_of_lists("parquet", "[1, null]", "[[3], [4, 5]]", "[[1], [2, 3]]"),
            "log.parquet, row 2: user is empty; every event has a user");
  folder_.write("log.jsonl", std::string(kSessions) + "{\"session\": 4, \"events\": [null]}\n");
  EXPECT_EQ(
      error(nested("log.jsonl", "jsonl")),
      "log.jsonl:3: events.ts is empty; every event has a time, unless clean: {missing_times: "
      "drop} drops those without one");
  folder_.write("log.jsonl", std::string(kSessions) + "{\"session\": 4, \"events\": [7]}\n");
  EXPECT_EQ(error(nested("log.jsonl", "jsonl")),
            "log.jsonl:3: events.ts looks within 7, which is no map; every element of the list is "
            "one");
  folder_.write("log.jsonl", "{\"user\": 1, \"items\": [3, [4]], \"times\": [1, 2]}\n");
  EXPECT_EQ(error(lists("log.jsonl", "jsonl")),
            "log.jsonl:1: items is a list; an id is a string or an integer");
}

TEST_F(NestedErrors, AListWhereOneValueStoodAndTheOtherWayRoundAreSaid) {
  EXPECT_EQ(error_of_lists("jsonl", "[1, 2]", "[[3, 4], 5]", "[[1, 2], 3]"),
            "log.jsonl:2: items is 5, but a list in line 1; it must be a list in every line or in "
            "none");
  EXPECT_EQ(
      error_of_lists("jsonl", "[1, 2]", "[5, [3, 4]]", "[3, [1, 2]]"),
      "log.jsonl:2: items is a list, but one value in line 1; it must be a list in every line "
      "or in none");
}

TEST_F(NestedErrors, AColumnThatIsNotThereGetsNearNamesWithinTheRows) {
  folder_.write("log.jsonl", kSessions);
  write_parquet(folder_.path("log.parquet"),
                {{"session", arrow::int64(), "[12]"},
                 {"events", events_type(arrow::int64()), R"([[[5, 30, "clicks", 3]]])"}});
  for (const std::string format : {"jsonl", "parquet"}) {
    task::DatasetSpec dataset = nested("log." + format, format);
    dataset.columns["item"] = "events.adi";
    EXPECT_EQ(error(dataset), "log." + format +
                                  ": has no column events.adi (columns.item); did you mean "
                                  "\"events.aid\"?");
  }
  task::DatasetSpec dataset = nested("log.parquet", "parquet");
  dataset.columns["item"] = "events";
  EXPECT_EQ(error(dataset),
            "log.parquet: events holds lists of structs; name a value within them: events.aid, "
            "events.ts, events.type, events.stars");
  write_parquet(folder_.path("log.parquet"),
                {{"user", arrow::int64(), "[1]"},
                 {"items", arrow::list(arrow::list(arrow::int64())), "[[[1], [2]]]"},
                 {"times", arrow::int64(), "[1]"}});
  EXPECT_EQ(error(lists("log.parquet", "parquet")),
            "log.parquet: items holds lists within lists; expected a list of values");
}

TEST_F(NestedErrors, AKeyTwiceWithinAnEventIsRefused) {
  folder_.write("log.jsonl",
                "{\"session\": 1, \"events\": [{\"aid\": 5, \"ts\": 30, \"aid\": 6, \"type\": "
                "\"a:b\"}]}\n");
  EXPECT_EQ(error(nested("log.jsonl", "jsonl")),
            "log.jsonl:1: has the key \"aid\" twice; a row has one value of each");
}

}  // namespace
}  // namespace assay::ingest
