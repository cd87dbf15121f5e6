#include "ingest/source_guess.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using test::TestFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Pair;
using testing::UnorderedElementsAre;

class SourceGuesses : public testing::Test {
 protected:
  SourceGuess guess(const std::string& name, const std::string& text) {
    task::DatasetSpec dataset;
    dataset.path = folder_.write(name, text);
    return guess_source(dataset);
  }
  /// Why a part was guessed; "" where it was not.
  static std::string why(const SourceGuess& guess, const std::string& what) {
    for (const GuessedPart& part : guess.parts)
      if (part.what == what) return part.why;
    return "";
  }
  TestFolder folder_;
};

TEST_F(SourceGuesses, ACsvWithUsualNames) {
  const SourceGuess found =
      guess("shop.csv", "userId,productId,stars,when\n1,10,5,1600000000\n2,11,4,1600000060\n");
  EXPECT_EQ(found.dataset.format, "csv");
  EXPECT_THAT(found.dataset.columns,
              UnorderedElementsAre(Pair("user", "userId"), Pair("item", "productId"),
                                   Pair("value", "stars"), Pair("time", "when")));
  EXPECT_EQ(found.dataset.time, task::TimeFormat{});
  EXPECT_THAT(found.dataset.header, IsEmpty());
  EXPECT_THAT(found.doubts, IsEmpty());
  EXPECT_EQ(why(found, "format"), "commas divide each line into 4 fields");
  EXPECT_EQ(why(found, "header"), "the first line has \"userId\" where numbers follow");
  EXPECT_EQ(why(found, "time"), "as seconds since 1970 they are from 2020-09-13 to 2020-09-13");
}

TEST_F(SourceGuesses, AFileWithoutAHeaderGetsOne) {
  const SourceGuess found =
      guess("log.txt", "196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n");
  EXPECT_EQ(found.dataset.format, "tsv");
  EXPECT_THAT(found.dataset.header, ElementsAre("user", "item", "value", "time"));
  EXPECT_THAT(found.dataset.columns,
              UnorderedElementsAre(Pair("user", "user"), Pair("item", "item"),
                                   Pair("value", "value"), Pair("time", "time")));
  EXPECT_EQ(why(found, "header"), "the first line has the number 196, so it is a row");
  EXPECT_THAT(
      found.doubts,
      ElementsAre("user and item: by their place alone; the two may be the other way round"));
}

TEST_F(SourceGuesses, TypesOfAFileWithoutAHeader) {
  std::string text;
  for (int row = 0; row < 12; ++row)
    text += fmt::format("{},{},{},{},{}\n", row % 5 + 100, row % 7 + 2000, row % 3 + 30000,
                        row % 4 == 0 ? "buy" : "pv", 1511544070 + row);
  const SourceGuess found = guess("behavior.csv", text);
  EXPECT_THAT(found.dataset.header, ElementsAre("user", "item", "column_3", "event", "time"));
  EXPECT_EQ(why(found, "event"), "2 different texts in 12 rows");
}

TEST_F(SourceGuesses, UnitsOfCounts) {
  const auto unit = [&](const char* time) {
    return guess("log.csv", fmt::format("user,item,time\n1,2,{0}\n1,3,{0}\n", time))
        .dataset.time.unit;
  };
  EXPECT_EQ(unit("1600000000"), "");
  EXPECT_EQ(unit("1600000000.25"), "");
  EXPECT_EQ(unit("1600000000123"), "ms");
  EXPECT_EQ(unit("1600000000123456"), "us");
  EXPECT_EQ(unit("1600000000123456789"), "ns");
  EXPECT_EQ(unit("20240131"), "") << "days are read without a unit";
}

TEST_F(SourceGuesses, SmallCountsHaveAlternatives) {
  const SourceGuess days = guess("log.csv", "user,item,day\n1,2,18262\n1,3,19000\n");
  EXPECT_EQ(days.dataset.time.unit, "day");
  EXPECT_EQ(why(days, "time"), "as days since 1970 they are from 2020-01-01 to 2022-01-08");
  EXPECT_THAT(days.doubts, ElementsAre(HasSubstr("it may be seconds from an unnamed beginning")));
  const SourceGuess relative = guess("log.csv", "user,item,timestamp\n1,2,0\n1,3,39420\n");
  EXPECT_EQ(relative.dataset.time, task::TimeFormat{});
  EXPECT_THAT(relative.doubts,
              ElementsAre(HasSubstr("as seconds since 1970 all are before 1970-01-02")));
}

TEST_F(SourceGuesses, WrittenTimes) {
  const auto format = [&](const std::string& a, const std::string& b) {
    const SourceGuess found =
        guess("log.tsv", fmt::format("user\titem\ttime\n1\t2\t{}\n1\t3\t{}\n", a, b));
    return found.dataset.time.format;
  };
  EXPECT_EQ(format("2024-05-31", "2024-06-01"), "");
  EXPECT_EQ(format("2024-05-31T18:30:00Z", "2024-06-01T00:00:00Z"), "");
  EXPECT_EQ(format("31/05/2024 18:30", "01/06/2024 07:05"), "%d/%m/%Y %H:%M");
  EXPECT_EQ(format("05/31/2024 18:30", "06/01/2024 07:05"), "%m/%d/%Y %H:%M");
  EXPECT_EQ(format("11/13/2019 8:36:57 AM", "11/15/2019 10:00:00 PM"), "%m/%d/%Y %I:%M:%S %p");
  EXPECT_EQ(format("Fri Aug 25 13:55:02 -0700 2017", "Wed May 09 09:33:44 -0700 2007"),
            "%a %b %d %H:%M:%S %z %Y");
  EXPECT_EQ(format("31.05.2024", "01.06.2024"), "%d.%m.%Y");
}

TEST_F(SourceGuesses, ADateThatMayBeTwoSaysSo) {
  const SourceGuess found =
      guess("log.tsv", "user\titem\ttime\n1\t2\t05/06/2024\n1\t3\t07/08/2024\n");
  EXPECT_EQ(found.dataset.time.format, "%d/%m/%Y");
  EXPECT_THAT(found.doubts,
              ElementsAre("the format of times: no day is above 12, so it may be \"%m/%d/%Y\""));
}

TEST_F(SourceGuesses, TimesOfNoZoneSaySo) {
  const SourceGuess found = guess("log.csv",
                                  "user,item,time\n1,2,2024-05-31 18:30:00\n"
                                  "1,3,2024-05-31 18:31:00\n");
  EXPECT_THAT(found.doubts, ElementsAre(HasSubstr("zone: Asia/Shanghai")));
}

TEST_F(SourceGuesses, NumbersComeBeforeTextsOfTheSameTime) {
  const SourceGuess found = guess("matrix.csv",
                                  "user_id,video_id,time,date,timestamp\n0,3649,2020-07-05 "
                                  "00:08:23.438,20200705,1593878903.438\n"
                                  "0,9598,2020-07-05 00:13:41.297,20200705,1593879221.297\n");
  EXPECT_EQ(found.dataset.columns.at("time"), "timestamp");
  EXPECT_THAT(found.doubts, ElementsAre("the time: it may be column date or column time as well"));
}

TEST_F(SourceGuesses, SeveralNamesThatFit) {
  const SourceGuess found = guess("plays.csv",
                                  "user,artist_id,track_id,ts\n1,7,20,1600000000\n"
                                  "1,7,21,1600000001\n");
  EXPECT_EQ(found.dataset.columns.at("item"), "track_id") << "it has more different values";
  EXPECT_THAT(found.doubts, ElementsAre("the item: it may be column artist_id as well"));
}

TEST_F(SourceGuesses, DelimitersAndQuotes) {
  EXPECT_EQ(guess("a.csv", "user;item;at\n1;2;2024-01-01\n").dataset.delimiter, ";");
  EXPECT_EQ(guess("a.csv", "user|item|at\n1|2|2024-01-01\n").dataset.delimiter, "|");
  EXPECT_EQ(guess("a.csv", "user item at\n1 2 1600000000\n").dataset.delimiter, " ");
  const SourceGuess quoted =
      guess("a.csv", "user,item,title\n1,2,\"a, b\nc \"\"d\"\"\"\n1,3,plain\n");
  EXPECT_THAT(quoted.columns, ElementsAre("user", "item", "title"));
}

TEST_F(SourceGuesses, AllTextsLeaveTheHeaderOpen) {
  const SourceGuess named = guess("a.csv", "uid,thing\nu1,i1\nu2,i2\n");
  EXPECT_EQ(why(named, "header"), "the first line has names of columns");
  const SourceGuess open = guess("a.csv", "u1,i1\nu2,i2\nu1,i3\n");
  EXPECT_THAT(open.dataset.header, ElementsAre("user", "item"));
  EXPECT_THAT(open.doubts, IsSupersetOf({HasSubstr("whether the first line names the columns")}));
}

TEST_F(SourceGuesses, LinesOfAUserAndItems) {
  const SourceGuess found = guess("train.txt", "0 10 11 12\n1 10\n");
  EXPECT_EQ(found.dataset.format, "user_items");
  EXPECT_THAT(found.doubts, ElementsAre(HasSubstr("format: sequences")));
}

TEST_F(SourceGuesses, JsonLinesAndParquet) {
  const SourceGuess lines =
      guess("a.json", "{\"uid\": \"u\", \"sku\": 7, \"ts\": 1600000000123}\n");
  EXPECT_EQ(lines.dataset.format, "jsonl");
  EXPECT_EQ(lines.dataset.time.unit, "ms");
  EXPECT_THAT(lines.dataset.columns,
              UnorderedElementsAre(Pair("user", "uid"), Pair("item", "sku"), Pair("time", "ts")));
}

TEST_F(SourceGuesses, ListsOfARowSayHowTheyAreNamed) {
  const SourceGuess found = guess("a.jsonl", "{\"user\": 1, \"items\": [2, 3], \"item\": 4}\n");
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("column items holds lists")));
}

TEST_F(SourceGuesses, RowsWithoutATimeSayWhatToDo) {
  const SourceGuess found =
      guess("a.csv", "user,item,time\n1,2,1600000000\n1,3,\n2,3,1600000001\n");
  EXPECT_THAT(found.notes, ElementsAre("1 of the first 3 rows has no time, which is an error "
                                       "unless the data set says clean: {missing_times: drop}"));
}

TEST_F(SourceGuesses, PublishedDataHasAFormatOfItsOwn) {
  const SourceGuess by_columns =
      guess("my.csv", "userId,movieId,rating,timestamp\n1,2,3.5,1112486027\n");
  EXPECT_EQ(by_columns.dataset.format, "movielens");
  EXPECT_EQ(why(by_columns, "format"), "it has userId, movieId, timestamp, rating");
  EXPECT_THAT(by_columns.dataset.columns, IsEmpty());
  const SourceGuess by_name = guess("u.data", "196\t242\t3\t881250949\n");
  EXPECT_EQ(by_name.dataset.format, "movielens");
  EXPECT_EQ(why(by_name, "format"), "its name is u.data");
}

TEST_F(SourceGuesses, WhatIsGivenStays) {
  task::DatasetSpec dataset;
  dataset.path = folder_.write("a.csv", "a,b,c\n1,2,1600000000123\n1,3,1600000000124\n");
  dataset.columns = {{"user", "b"}, {"item", "a"}, {"time", "c"}};
  const SourceGuess found = guess_source(dataset);
  EXPECT_EQ(found.dataset.columns, dataset.columns);
  EXPECT_EQ(found.dataset.time.unit, "ms");
  EXPECT_EQ(why(found, "user"), "as given");
}

TEST_F(SourceGuesses, SayWhatCannotBeGuessed) {
  const auto error = [&](const std::string& text) {
    return test::error_of(folder_, [&] { (void)guess("x.dat", text); });
  };
  EXPECT_EQ(error(""), "x.dat: is empty");
  EXPECT_EQ(error("hello\nworld of words\n"),
            "x.dat: is in no format that is guessed: it begins \"hello\", and no tab, comma, "
            "semicolon, vertical bar or blank divides each line into as many fields; give the "
            "format with --as");
}

}  // namespace
}  // namespace assay::ingest
