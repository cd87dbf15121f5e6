#include "nested_rows.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/notices.h"

namespace assay::ingest {
namespace {

using test::events_type;
using test::kSessions;
using test::ParquetColumn;
using test::texts;
using test::values;
using test::write_parquet;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsNan;

class NestedRows : public test::NestedRows {
 protected:
  std::vector<std::string> notices(const task::DatasetSpec& dataset) const {
    std::vector<std::string> out;
    tell_empty_rows("logs", import_dataset(dataset, folder_.places()).info,
                    [&](const std::string& text) { out.push_back(text); });
    return out;
  }
};

TEST_F(NestedRows, ASessionIsARowOfEachOfItsEvents) {
  folder_.write("log.jsonl", kSessions);
  write_parquet(folder_.path("log.parquet"),
                {{"session", arrow::int64(), "[12, 3]"},
                 {"events", events_type(arrow::int64()),
                  R"([[[5, 30, "clicks", 3], [7, 40, "carts", 4.5]], [[5, 35, "orders", 1]]])"}});
  for (const char* format : {"jsonl", "parquet"}) {
    const task::DatasetSpec dataset = nested(std::string("log.") + format, format);
    EXPECT_THAT(events(dataset), ElementsAre("12 5 30 clicks", "3 5 35 orders", "12 7 40 carts"))
        << format;
    EXPECT_THAT(values<double>(imported(folder_, dataset).file(), "event.number.events.stars"),
                ElementsAre(3, 1, 4.5))
        << format << ": what stands beside the roles is a column too";
  }
}

TEST_F(NestedRows, ListsOfOneRowAreRowsAndSingleValuesRepeat) {
  folder_.write("log.jsonl",
                "{\"user\": \"a\", \"weight\": 2, \"items\": [3, 4], \"times\": [10, 11]}\n"
                "{\"user\": \"b\", \"weight\": 5, \"items\": [9], \"times\": [12]}\n");
  write_parquet(folder_.path("log.parquet"),
                {{"user", arrow::utf8(), R"(["a", "b"])"},
                 {"weight", arrow::float64(), "[2, 5]"},
                 {"items", arrow::list(arrow::int64()), "[[3, 4], [9]]"},
                 {"times", arrow::large_list(arrow::int64()), "[[10, 11], [12]]"}});
  for (const char* format : {"jsonl", "parquet"}) {
    const task::DatasetSpec dataset = lists(std::string("log.") + format, format);
    EXPECT_THAT(events(dataset), ElementsAre("a 3 10", "a 4 11", "b 9 12")) << format;
    EXPECT_THAT(values<double>(imported(folder_, dataset).file(), "event.number.weight"),
                ElementsAre(2, 2, 5))
        << format;
  }
}

// Row groups of two rows and lists of more elements than a batch has, of ids of every kind that
// goes on from one batch to the next.
TEST_F(NestedRows, AListMayBeLongerThanABatch) {
  constexpr int kLong = 40'000, kRows = 5;
  std::string items = "[", times = "[", texts_of = "[", users = "[", flags = "[", tags = "[";
  std::vector<std::string> expected;
  int64_t time = 0;
  for (int row = 0; row < kRows; ++row) {
    const auto open = [&](std::string& to) { to += row > 0 ? ",[" : "["; };
    open(items), open(times), open(texts_of);
    users += (row > 0 ? "," : "") + std::to_string(row + 100);
    tags += fmt::format("{}\"tag{}\"", row > 0 ? "," : "", row);
    flags += row > 0 ? ", true" : "false";
    const int length = row == 2 ? 0 : row == 4 ? 3 : kLong;
    for (int i = 0; i < length; ++i) {
      const int item = (i * 7919 + row) % 1009;
      items += fmt::format("{}{}", i > 0 ? "," : "", item);
      texts_of += fmt::format("{}\"i{}\"", i > 0 ? "," : "", item);
      times += fmt::format("{}{}", i > 0 ? "," : "", ++time);
      expected.push_back(fmt::format("{} {} {}", row + 100, item, time));
    }
    items += "]", times += "]", texts_of += "]";
  }
  const std::vector<ParquetColumn> columns = {{"user", arrow::int64(), users + "]"},
                                              {"tag", arrow::utf8(), tags + "]"},
                                              {"flag", arrow::boolean(), flags + "]"},
                                              {"items", arrow::list(arrow::int64()), items + "]"},
                                              {"names", arrow::list(arrow::utf8()), texts_of + "]"},
                                              {"times", arrow::list(arrow::int64()), times + "]"}};
  write_parquet(folder_.path("log.parquet"), columns);
  task::DatasetSpec dataset = lists("log.parquet", "parquet");
  EXPECT_EQ(events(dataset), expected);
  dataset.columns = {{"user", "tag"}, {"item", "names"}, {"time", "times"}};
  const std::vector<std::string> by_text = events(dataset);
  ASSERT_EQ(by_text.size(), expected.size());
  EXPECT_EQ(by_text.front(), "tag0 i0 1");
  EXPECT_EQ(by_text[kLong], fmt::format("tag1 i1 {}", kLong + 1));
  EXPECT_EQ(by_text.back(), fmt::format("tag4 i{} {}", (2 * 7919 + 4) % 1009, time));
  const auto flags_of = values<double>(imported(folder_, dataset).file(), "event.number.flag");
  EXPECT_EQ(std::ranges::count(flags_of, 0), kLong);
}

TEST_F(NestedRows, AKeyWithADotInItsNameStaysThatKey) {
  folder_.write("log.jsonl",
                "{\"session\": 1, \"events.aid\": 8, \"events.ts\": 9, \"events.type\": \"x\", "
                "\"events\": [{\"aid\": 5, \"ts\": 30, \"type\": \"y\"}]}\n");
  write_parquet(folder_.path("log.parquet"),
                {{"session", arrow::int64(), "[1]"},
                 {"events.aid", arrow::int64(), "[8]"},
                 {"events.ts", arrow::int64(), "[9]"},
                 {"events.type", arrow::utf8(), "[\"x\"]"},
                 {"events", events_type(arrow::int64()), R"([[[5, 30, "y", null]]])"}});
  for (const char* format : {"jsonl", "parquet"})
    EXPECT_THAT(events(nested(std::string("log.") + format, format)), ElementsAre("1 8 9 x"))
        << format;
  std::string text;
  for (int i = 0; i < 150; ++i)
    text += "{\"session\": 1, \"events\": [{\"aid\": 5, \"ts\": 30, \"type\": \"y\"}]}\n";
  folder_.write("log.jsonl", text + "{\"session\": 1, \"events.aid\": 8}\n");
  EXPECT_EQ(
      error(nested("log.jsonl", "jsonl")),
      "log.jsonl:151: has the key \"events.aid\", which is a path in the lines before; rename "
      "one of them");
}

TEST_F(NestedRows, APathMayLeadThroughMapsAlone) {
  folder_.write("log.jsonl",
                "{\"who\": {\"id\": 4}, \"what\": {\"sku\": {\"no\": \"x\"}}, \"at\": 7}\n");
  const auto who = arrow::struct_({arrow::field("id", arrow::int64())});
  const auto what =
      arrow::struct_({arrow::field("sku", arrow::struct_({arrow::field("no", arrow::utf8())}))});
  write_parquet(folder_.path("log.parquet"), {{"who", who, "[[4], [null], [4]]"},
                                              {"what", what, R"([[["x"]], [["y"]], [["y"]]])"},
                                              {"at", arrow::int64(), "[7, 8, 9]"}});
  for (const char* format : {"jsonl", "parquet"}) {
    task::DatasetSpec dataset = at(std::string("log.") + format, format);
    dataset.columns["user"] = "who.id";
    dataset.columns["item"] = "what.sku.no";
    if (format == std::string("jsonl"))
      EXPECT_THAT(events(dataset), ElementsAre("4 x 7"));
    else
      EXPECT_EQ(error(dataset), "log.parquet, row 2: who.id is empty; every event has a user");
  }
}

TEST_F(NestedRows, RowsWithAnEmptyListAreCountedAndSaid) {
  folder_.write("log.jsonl", std::string(kSessions) +
                                 "{\"session\": 8, \"events\": []}\n{\"session\": 9}\n"
                                 "{\"session\": 9, \"events\": null}\n" +
                                 kSessions);
  write_parquet(folder_.path("log.parquet"),
                {{"session", arrow::int64(), "[8, 12, 9, 3]"},
                 {"events", events_type(arrow::int64()),
                  R"([[], [[5, 30, "clicks", 3], [7, 40, "carts", 4.5]], null,
                      [[5, 35, "orders", 1]]])"}});
  EXPECT_EQ(events(nested("log.jsonl", "jsonl")).size(), 6U);
  EXPECT_THAT(events(nested("log.parquet", "parquet")),
              ElementsAre("12 5 30 clicks", "3 5 35 orders", "12 7 40 carts"));
  EXPECT_THAT(
      notices(nested("log.jsonl", "jsonl")),
      testing::Contains("logs: 3 rows give no event, since their lists are empty or missing "
                        "(the first: " +
                        folder_.path("log.jsonl") + ":3)"));
  EXPECT_THAT(
      notices(nested("log.parquet", "parquet")),
      testing::Contains("logs: 2 rows give no event, since their lists are empty or missing "
                        "(the first: " +
                        folder_.path("log.parquet") + ", row 1)"));
  folder_.write("log.jsonl", kSessions);
  EXPECT_THAT(notices(nested("log.jsonl", "jsonl")), IsEmpty());
}

TEST_F(NestedRows, OtherListsOfAnotherLengthAreNoColumns) {
  folder_.write("log.jsonl",
                "{\"user\": 1, \"items\": [3, 4], \"times\": [1, 2], \"stars\": [2, 3], \"tags\": "
                "[1]}\n");
  write_parquet(folder_.path("log.parquet"),
                {{"user", arrow::int64(), "[1, 2, 3]"},
                 {"items", arrow::list(arrow::int64()), "[[3, 4], [4], [5]]"},
                 {"times", arrow::list(arrow::int64()), "[[1, 2], [3], [4]]"},
                 {"stars", arrow::list(arrow::float32()), "[[2, 3], [null], [1]]"},
                 {"tags", arrow::list(arrow::int64()), "[[1, 2], [3], [1, 2]]"},
                 {"pairs", arrow::list(arrow::list(arrow::int64())), "[[[1], [2]], [], []]"}});
  const dataset::ImportedData json = imported(folder_, lists("log.jsonl", "jsonl"));
  EXPECT_THAT(values<double>(json.file(), "event.number.stars"), ElementsAre(2, 3));
  EXPECT_THAT(json.info().at("not_numbers").at("tags").get<std::string>(),
              HasSubstr("log.jsonl:1 holds a list of another length"));
  const dataset::ImportedData parquet = imported(folder_, lists("log.parquet", "parquet"));
  EXPECT_THAT(values<double>(parquet.file(), "event.number.stars"), ElementsAre(2, 3, IsNan(), 1));
  EXPECT_THAT(parquet.info().at("not_numbers").at("tags").get<std::string>(),
              HasSubstr("log.parquet, row 3 holds a list of another length"));
  EXPECT_THAT(parquet.info().at("not_numbers").at("pairs").get<std::string>(),
              HasSubstr("log.parquet, row 1 holds a list"));
  task::DatasetSpec dataset = lists("log.parquet", "parquet");
  dataset.columns["value"] = "tags";
  EXPECT_EQ(error(dataset),
            "log.parquet, row 3: items has 1 element and tags has 2 elements; lists of one row are "
            "equally long");
}

TEST_F(NestedRows, FilesOfAFolderAreReadOneAfterTheOther) {
  const auto write = [&](const std::string& name, const std::string& user) {
    write_parquet(folder_.path("log/" + name),
                  {{"session", arrow::int64(), "[" + user + ", 77]"},
                   {"events", events_type(arrow::utf8()),
                    R"([[["x", 30, "clicks", 3], ["y", 40, "carts", 4]], []])"}});
  };
  write("day=1/0.parquet", "1");
  write("day=2/0.parquet", "2");
  const task::DatasetSpec dataset = nested("log", "parquet");
  EXPECT_THAT(events(dataset),
              ElementsAre("1 x 30 clicks", "2 x 30 clicks", "1 y 40 carts", "2 y 40 carts"));
  EXPECT_THAT(values<double>(imported(folder_, dataset).file(), "event.number.day"),
              ElementsAre(1, 2, 1, 2));
  write_parquet(folder_.path("log/day=2/0.parquet"),
                {{"session", arrow::int64(), "[1]"},
                 {"events", events_type(arrow::int64()), R"([[[5, 30, "clicks", 3]]])"}});
  EXPECT_EQ(error(dataset),
            "log/day=2/0.parquet: events.aid is an integer here and a text in log/day=1/0.parquet; "
            "write it as one of them in every file");
}

// Counts by DuckDB itself: unnest(events) of the file (tests/unit/ingest/files/README.md).
TEST_F(NestedRows, SessionsThatDuckDbWroteHaveItsEvents) {
  task::DatasetSpec dataset = nested("", "parquet");
  dataset.path = ASSAY_SOURCE_DIR "/tests/unit/ingest/files/nested.parquet";
  const dataset::ImportedData log = imported(folder_, dataset);
  EXPECT_EQ(log.events(), 11500);
  EXPECT_EQ(log.items(), 97);
  EXPECT_EQ(log.users(), 4000);
  EXPECT_EQ(log.info().at("rows_without_event").at("count"), 1000);
  const auto time = values<int64_t>(log.file(), "event.time_us");
  EXPECT_EQ(time.front(), 1659304800000000);
  EXPECT_EQ(time.back(), 1659305299900004);
  const auto stars = values<double>(log.file(), "event.number.events.stars");
  const auto user = values<int32_t>(log.file(), "event.user");
  const auto users = texts(log.user_ids());
  double sum = 0, by_session = 0;
  for (size_t i = 0; i < stars.size(); ++i) {
    sum += stars[i];
    by_session += stars[i] * std::stod(users[static_cast<size_t>(user[i])]);
  }
  EXPECT_EQ(sum, 15500);
  EXPECT_EQ(by_session, 38756000);
  EXPECT_TRUE(log.file().has("event.number.odd"));
  EXPECT_EQ(log.info().at("event_types").size(), 3U);
}

TEST_F(NestedRows, RankedListsMayBeListsOfOneRow) {
  folder_.write("mine.jsonl",
                "{\"user\": 1, \"items\": [\"a\", \"b\"], \"scores\": [0.5, 0.75]}\n");
  const dataset::ImportedRef ref =
      import_lists({.path = folder_.path("mine.jsonl"),
                    .ties = {},
                    .columns = {{"item", "items"}, {"score", "scores"}}},
                   folder_.path("cache"));
  EXPECT_THAT(values<float>(dataset::SafetensorsFile::open(ref.path), "list.score"),
              ElementsAre(0.75F, 0.5F));
}

TEST_F(NestedRows, BatchesOfWhichNoneHasAnEventAreRead) {
  std::string sessions, users;
  for (int i = 0; i < 40'000; ++i) {
    sessions += i > 0 ? ",[]" : "[]";
    users += fmt::format("{}{}", i > 0 ? "," : "", i);
  }
  const auto type = arrow::list(arrow::int64());
  const auto array = [](const std::shared_ptr<arrow::DataType>& of, const std::string& json) {
    return *arrow::json::ArrayFromJSONString(of, json);
  };
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("user", arrow::int64()), arrow::field("items", type),
                     arrow::field("times", type)}),
      {array(arrow::int64(), "[" + users + ", 7]"), array(type, "[" + sessions + ", [3]]"),
       array(type, "[" + sessions + ", [4]]")});
  const auto out = *arrow::io::FileOutputStream::Open(folder_.path("log.parquet"));
  ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out).ok());
  ASSERT_TRUE(out->Close().ok());
  EXPECT_THAT(events(lists("log.parquet", "parquet")), ElementsAre("7 3 4"));
}

}  // namespace
}  // namespace assay::ingest
