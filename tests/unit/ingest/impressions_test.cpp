#include "ingest/impressions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "impression_files.h"
#include "ingest/load.h"

namespace assay::ingest {
namespace {

using dataset::Impressions;
using test::list;
using testing::ElementsAre;
using testing::IsEmpty;

class ImpressionTables : public test::ImpressionFiles {};

constexpr const char* kHeader = "request,user,item,at,clicked\n";

TEST_F(ImpressionTables, RowsOfARequestFollowEachOtherOrNot) {
  folder_.write("rows.csv", std::string(kHeader) +
                                "r1,u1,a,10,0\nr2,u2,b,20,1\nr1,u1,c,10,1\nr3,,a,30,0\n"
                                "r2,u2,a,20,\n");
  const Impressions table = imported(at("rows.csv"));
  EXPECT_EQ(table.requests(), 3);
  EXPECT_THAT(list(table.offsets()), ElementsAre(0, 2, 4, 5));
  EXPECT_THAT(list(table.user()), ElementsAre(0, 1, -1));
  EXPECT_THAT(list(table.item()), ElementsAre(0, 2, 1, 0, 0));
  EXPECT_THAT(list(table.time_us()), ElementsAre(10'000'000, 20'000'000, 30'000'000));
  EXPECT_THAT(list(table.labels().front().flag), ElementsAre(0, 1, 1, 255, 0));
  EXPECT_THAT(test::texts(table.ids("item")), ElementsAre("a", "b", "c"));
  EXPECT_EQ(table.info().at("pieces"), 2);
  EXPECT_EQ(table.info().at("anonymous"), 1);
  EXPECT_THAT(impression_notes(table.info()),
              ElementsAre("the rows of 2 requests do not follow each other; they were put "
                          "together"));
}

TEST_F(ImpressionTables, WithoutARequestColumnEachRowIsARequest) {
  folder_.write("rows.csv", "item,clicked\na,1\na,0\n,1\n");
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns = {{"item", "item"}};
  const Impressions table = imported(spec);
  EXPECT_THAT(list(table.offsets()), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(list(table.user()), ElementsAre(-1, -1, -1));
  EXPECT_THAT(list(table.item()), ElementsAre(0, 0, -1));
  EXPECT_FALSE(table.has_times());
  EXPECT_EQ(table.info().at("first_time_us"), -1);
  EXPECT_EQ(table.info().at("rows_without_item"), 1);
}

TEST_F(ImpressionTables, PositionPropensityAndValuesAreKept) {
  folder_.write("rows.csv", "item,place,p,watched\na,1,0.5,2.5\nb,,1,\nc,3,1e-3,0\n");
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns = {{"item", "item"}, {"position", "place"}, {"propensity", "p"}};
  spec.labels = {{.name = "watch", .column = "watched"}};
  const Impressions table = imported(spec);
  EXPECT_THAT(list(table.position()), ElementsAre(1, -1, 3));
  EXPECT_THAT(list(table.propensity()), ElementsAre(0.5f, 1.f, 1e-3f));
  const dataset::LabelView& watch = table.labels().front();
  EXPECT_TRUE(watch.is_value());
  EXPECT_TRUE(watch.positive(0));
  EXPECT_TRUE(watch.missing(1));
  EXPECT_FALSE(watch.positive(2));
  EXPECT_FLOAT_EQ(watch.number(0), 2.5f);
  EXPECT_EQ(table.info().at("labels").at(0).at("positive"), 1);
  EXPECT_EQ(table.info().at("labels").at(0).at("missing"), 1);
}

TEST_F(ImpressionTables, DistinctRowsOfColumnsAreItemsWhereThereAreNoIds) {
  folder_.write("rows.csv", "site,ad,clicked\ns1,7,0\ns1,8,1\ns1,7,1\n,7,0\n");
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns.clear();
  spec.item_from = {"site", "ad"};
  const Impressions table = imported(spec);
  EXPECT_THAT(list(table.item()), ElementsAre(0, 1, 0, 2));
  EXPECT_THAT(test::texts(table.ids("item")), ElementsAre("s1|7", "s1|8", "|7"));
}

TEST_F(ImpressionTables, AllowedSetsThatRepeatAreStoredOnce) {
  folder_.write("rows.jsonl",
                R"({"request":1,"item":"a","allowed":["b","a"],"clicked":1}
{"request":2,"item":"b","allowed":["a","b"],"clicked":0}
{"request":3,"item":"c","allowed":["a"],"clicked":0}
{"request":4,"item":"c","clicked":0}
)");
  task::ImpressionsSpec spec = at("rows.jsonl", "jsonl");
  spec.columns = {{"request", "request"}, {"item", "item"}, {"allowed", "allowed"}};
  const Impressions table = imported(spec);
  EXPECT_THAT(list(table.allowed_set()), ElementsAre(0, 0, 1, -1));
  EXPECT_EQ(table.allowed_sets(), 2);
  EXPECT_EQ(table.allowed(0).size(), 2U);
  EXPECT_EQ(table.allowed(1).size(), 1U);
  EXPECT_THAT(impression_notes(table.info()),
              ElementsAre("1 of 4 rows has an item that is not in their allowed set"));
}

TEST_F(ImpressionTables, AllowedSetsMayBeTexts) {
  for (const char* text : {"a|b", "\"a,b\"", "a b", "\"['a', 'b']\"", "\"[a, b]\""}) {
    const std::string name = std::string("rows") + std::to_string(std::hash<std::string>()(text));
    folder_.write(name + ".csv", "item,allowed,clicked\na," + std::string(text) + ",1\n");
    task::ImpressionsSpec spec = at(name + ".csv");
    spec.columns = {{"item", "item"}, {"allowed", "allowed"}};
    const Impressions table = imported(spec);
    EXPECT_EQ(table.allowed(0).size(), 2U) << text;
    EXPECT_EQ(table.info().at("outside_allowed"), 0) << text;
  }
}

TEST_F(ImpressionTables, ContextIsNumbersOrCategoriesOfRowsOrRequests) {
  folder_.write("rows.csv",
                "request,item,hour,device,price,clicked\nr1,a,7,phone,1.5,0\nr1,b,7,phone,2,1\n"
                "r2,a,9,,1.5,0\n");
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns = {{"request", "request"}, {"item", "item"}};
  spec.context = {"hour", "device", "price"};
  const Impressions table = imported(spec);
  ASSERT_EQ(table.context().size(), 3U);
  EXPECT_TRUE(table.context()[0].of_request);
  EXPECT_THAT(list(table.context()[0].number), ElementsAre(7, 9));
  EXPECT_TRUE(table.context()[1].is_category);
  EXPECT_THAT(list(table.context()[1].code), ElementsAre(0, -1));
  EXPECT_THAT(test::texts(table.context()[1].labels), ElementsAre("phone"));
  EXPECT_FALSE(table.context()[2].of_request);
  EXPECT_THAT(list(table.context()[2].number), ElementsAre(1.5f, 2.f, 1.5f));
}

// Read as numbers at first, as the first rows say.
TEST_F(ImpressionTables, ALateTextOrALargeIntegerMakesAColumnACategory) {
  folder_.write("rows.csv",
                "item,code,device,clicked\na,007,2147483649,0\nb,8,2147483648,1\nc,x,1,0\n");
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns = {{"item", "item"}};
  spec.context = {"code", "device"};
  const Impressions table = imported(spec);
  EXPECT_THAT(test::texts(table.context()[0].labels), ElementsAre("007", "8", "x"));
  EXPECT_THAT(test::texts(table.context()[1].labels), ElementsAre("2147483649", "2147483648", "1"));
}

TEST_F(ImpressionTables, TimesMayCountMilliseconds) {
  folder_.write("rows.csv", std::string(kHeader) + "r1,u1,a,1700000000123,0\n");
  task::ImpressionsSpec spec = at("rows.csv");
  spec.time.unit = "ms";
  EXPECT_THAT(list(imported(spec).time_us()), ElementsAre(1'700'000'000'123'000));
}

TEST_F(ImpressionTables, ALabelMayBeAText) {
  folder_.write("rows.csv", "item,what\na,buy\nb,view\nc,\n");
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns = {{"item", "item"}};
  spec.labels = {{.name = "bought", .column = "what", .equals_text = "buy"}};
  EXPECT_THAT(list(imported(spec).labels().front().flag), ElementsAre(1, 0, 255));
}

TEST_F(ImpressionTables, TheKeyIsOfTheBytesAndOfWhatIsReadOfThem) {
  folder_.write("rows.csv", std::string(kHeader) + "r1,u1,a,10,0\n");
  task::ImpressionsSpec spec = at("rows.csv");
  const auto key = [&] { return import_impression_table(spec, folder_.path("cache")).key; };
  const std::string before = key();
  folder_.write("copy.csv", std::string(kHeader) + "r1,u1,a,10,0\n");
  spec.path = folder_.path("copy.csv");
  EXPECT_EQ(key(), before);
  spec.labels.front().equals = 0;
  EXPECT_NE(key(), before);
}

TEST_F(ImpressionTables, ALabelOutOfRangeIsNamedWithItsRow) {
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns = {{"item", "item"}};
  spec.labels = {{.name = "watch", .column = "watched"}};
  EXPECT_EQ(error(spec, "item,watched\na,1\nb,-2\n"),
            "rows.csv:3: watched is -2; expected a value from 0 to 3.4e38 (label watch has no "
            "equals, at_least or at_most)");
  EXPECT_EQ(error(spec, "item,watched\na,1\nb,much\n"),
            "rows.csv:3: watched is \"much\"; expected a number");
}

TEST_F(ImpressionTables, APropensityIsAboveZeroAndAtMostOne) {
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns = {{"item", "item"}, {"propensity", "p"}};
  const std::string expected =
      "; expected a propensity: the probability with which the row was shown, above 0 and at most "
      "1";
  const auto said = [&](const std::string& p) {
    return error(spec, "item,p,clicked\na,0.5,1\nb," + p + ",1\n");
  };
  EXPECT_EQ(said("0"), "rows.csv:3: p is 0" + expected);
  EXPECT_EQ(said("1.5"), "rows.csv:3: p is 1.5" + expected);
  EXPECT_EQ(said("-0.1"), "rows.csv:3: p is -0.1" + expected);
  EXPECT_EQ(said("nan"), "rows.csv:3: p is \"nan\"" + expected);
  EXPECT_EQ(said(""), "rows.csv:3: p is empty" + expected);
  EXPECT_EQ(said("1e-60"), "rows.csv:3: p is 1e-60" + expected);
}

TEST_F(ImpressionTables, APositionIsAWholeNumber) {
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns = {{"item", "item"}, {"position", "place"}};
  EXPECT_EQ(error(spec, "item,place,clicked\na,1.5,1\n"),
            "rows.csv:2: place is 1.5; expected a position: a whole number from 0 on");
  EXPECT_EQ(error(spec, "item,place,clicked\na,top,1\n"),
            "rows.csv:2: place is \"top\"; expected a position: a whole number from 0 on");
}

TEST_F(ImpressionTables, AnUnknownColumnHasItsNearNames) {
  task::ImpressionsSpec spec = at("rows.csv");
  spec.columns = {{"item", "itme"}};
  EXPECT_EQ(error(spec, "item,clicked\na,1\n"),
            "rows.csv:1: has no column itme (impressions.columns.item); did you mean \"item\"?");
  spec.columns = {{"item", "item"}};
  spec.labels.front().column = "cliked";
  EXPECT_EQ(error(spec, "item,clicked\na,1\n"),
            "rows.csv:1: has no column cliked (impressions.labels.click); did you mean "
            "\"clicked\"?");
}

TEST_F(ImpressionTables, ARequestHasOneUserAndOneTime) {
  const task::ImpressionsSpec spec = at("rows.csv");
  const std::string header = kHeader;
  EXPECT_EQ(error(spec, header + "r1,u1,a,10,0\nr1,u2,b,10,0\n"),
            "rows.csv:3: user is u2, and was u1 in an earlier row of request r1; all rows of a "
            "request have one");
  EXPECT_EQ(error(spec, header + "r1,u1,a,10,0\nr1,u1,b,11,0\n"),
            "rows.csv:3: at is 1970-01-01 00:00:11, and was 1970-01-01 00:00:10 in an earlier row "
            "of request r1; all rows of a request have one");
  EXPECT_EQ(error(spec, header + "r1,u1,a,10,0\nr2,u2,b,10,0\nr1,u2,b,10,0\n"),
            "rows.csv:4: is a row of the request that begins in line 2, and has another user; all "
            "rows of a request have one");
  EXPECT_EQ(error(spec, header + "r1,u1,a,10,0\n,u2,b,10,0\n"),
            "rows.csv:3: request is empty; every row has a request");
}

TEST_F(ImpressionTables, AloneTheirPositivesAreTheLog) {
  folder_.write("rows.csv",
                std::string(kHeader) + "r1,u1,a,10,0\nr1,u1,b,10,1\nr2,u2,c,20,0\nr3,,b,30,1\n");
  task::DatasetSpec dataset;
  dataset.name = "logs";
  dataset.impressions = at("rows.csv");
  const dataset::ImportedData log = test::imported(folder_, dataset);
  EXPECT_EQ(log.events(), 2);
  EXPECT_THAT(test::texts(log.user_ids()), ElementsAre("anonymous request 3", "u1", "u2"));
  EXPECT_THAT(test::texts(log.item_ids()), ElementsAre("a", "b", "c"));
  EXPECT_THAT(test::seconds(log.file(), "event.time_us"), ElementsAre(10, 30));
  dataset.impressions->columns.erase("item");
  EXPECT_EQ(error_of(folder_, [&] { import_dataset(dataset, folder_.places()); }),
            "exp.yaml:3:5: impressions say nothing of items, so nothing can be recalled or ranked: "
            "name columns.item, or item_from: [columns], whose distinct rows are items then");
}

TEST_F(ImpressionTables, ColumnsInAFileReadAsThoseInMemory) {
  std::string text = kHeader;  // more than 16 MiB a column of 8 bytes would need 2^21 rows
  for (int row = 0; row < 3000; ++row)
    text += "r" + std::to_string(row / 3) + ",u" + std::to_string(row / 30) + ",i" +
            std::to_string(row % 7) + "," + std::to_string(row / 3) + "," +
            std::to_string(row % 2) + "\n";
  folder_.write("rows.csv", text);
  const Impressions table = imported(at("rows.csv"));
  EXPECT_EQ(table.requests(), 1000);
  EXPECT_EQ(table.rows(), 3000);
  for (int64_t r = 0; r < table.requests(); ++r) {
    ASSERT_EQ(table.offsets()[r], 3 * r);
    ASSERT_EQ(table.user()[r], r / 10);
  }
}

}  // namespace
}  // namespace assay::ingest
