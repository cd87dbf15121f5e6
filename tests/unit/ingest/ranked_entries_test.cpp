#include "ingest/ranked_entries.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using task::ListTies;
using test::TestFolder;
using test::values;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

using Ties = std::optional<ListTies>;

/// One imported list.
struct List {
  std::vector<std::string> items;
  std::vector<float> scores;
};

class RankedLists : public testing::Test {
 protected:
  dataset::ImportedRef import(const std::string& name, Ties ties = {}) {
    return import_lists({folder_.path(name), ties}, folder_.path("cache"));
  }

  std::map<std::string, List> lists(const std::string& name, Ties ties = {}) {
    const dataset::ImportedData data = dataset::ImportedData::open(import(name, ties).path);
    const auto text = [&](const std::string& kind) {
      return dataset::TextView{data.file().array<char>(kind + ".text"),
                               data.file().array<int64_t>(kind + ".text.offsets")};
    };
    const dataset::TextView queries = text("query"), items = text("item");
    const auto offsets = data.file().array<int64_t>("list.offsets");
    std::map<std::string, List> out;
    for (int64_t query = 0; query < queries.size(); ++query) {
      List& list = out[std::string(queries[query])];
      for (int64_t entry = offsets[query]; entry < offsets[query + 1]; ++entry) {
        list.items.emplace_back(items[data.file().array<int32_t>("list.item")[entry]]);
        list.scores.push_back(data.file().array<float>("list.score")[entry]);
      }
    }
    return out;
  }

  std::vector<std::string> order(const std::string& name, Ties ties = {}) {
    return lists(name, ties).at("u").items;
  }

  std::string error(const std::string& name, const std::string& text, Ties ties = {}) {
    folder_.write(name, text);
    return test::error_of(folder_, [&] { import(name, ties); });
  }

  std::vector<std::string> notes(const std::string& name, Ties ties = {}) {
    return list_notes(import(name, ties).info, name);
  }

  TestFolder folder_;
};

TEST_F(RankedLists, ScoresThatDifferBeyond32BitsKeepTheirOrder) {
  folder_.write("a.csv", "user,item,score\nu,c,1593878903\nu,b,1593878904\nu,a,1593878905\n");
  folder_.write("a.jsonl",
                "{\"user\": \"u\", \"item\": \"c\", \"score\": 1.0}\n"
                "{\"user\": \"u\", \"item\": \"b\", \"score\": 1.000000001}\n"
                "{\"user\": \"u\", \"item\": \"a\", \"score\": 1.000000002}\n");
  folder_.write("a.run", "u Q0 c 0 1e-50 t\nu Q0 b 0 2e-50 t\nu Q0 a 0 3e-50 t\n");
  test::write_parquet(folder_.path("a.parquet"),
                      {{"user", arrow::utf8(), R"(["u", "u", "u"])"},
                       {"item", arrow::utf8(), R"(["c", "b", "a"])"},
                       {"score", arrow::float64(), "[-1.000000002, -1.000000001, -1.0]"}});
  for (const char* name : {"a.csv", "a.jsonl", "a.run", "a.parquet"}) {
    const List list = lists(name).at("u");
    EXPECT_THAT(list.items, ElementsAre("a", "b", "c")) << name;
    EXPECT_GT(list.scores[0], list.scores[1]) << name;
    EXPECT_GT(list.scores[1], list.scores[2]) << name;
    EXPECT_THAT(notes(name),
                ElementsAre(std::string(name) +
                            ": 2 of 3 scores differ from the next by less than 32 bits hold; they "
                            "keep their order, and are served as the nearest numbers that do"));
  }
}

TEST_F(RankedLists, ScoresThat32BitsTellApartAreServedAsTheyAre) {
  folder_.write("a.csv", "user,item,score\nu,a,0.1\nu,b,0.1\nu,c,-7\nv,a,0.1000000001\n");
  const auto all = lists("a.csv");
  EXPECT_THAT(all.at("u").scores, ElementsAre(0.1f, 0.1f, -7.f));
  EXPECT_THAT(all.at("v").scores, ElementsAre(0.1f)) << "another list";
  EXPECT_THAT(notes("a.csv"), IsEmpty());
}

TEST_F(RankedLists, ScoresThat32BitsDoNotHoldAreRefused) {
  const std::string kept =
      "; scores are kept in 32 bits, which hold numbers up to 3.4e38; give what stands first or "
      "last a score just above or below the others";
  EXPECT_EQ(error("a.csv", "user,item,score\nu,a,1\nu,b,1.7976931348623157e308\n"),
            "a.csv:3: score is \"1.7976931348623157e308\"" + kept);
  EXPECT_EQ(error("a.run", "u Q0 a 1 -4e38 t\n"), "a.run:1: score is \"-4e38\"" + kept);
  EXPECT_EQ(error("a.jsonl", "{\"user\": \"u\", \"item\": \"a\", \"score\": 1e39}\n"),
            "a.jsonl:1: score is 1e+39" + kept);
  test::write_parquet(folder_.path("a.parquet"), {{"user", arrow::utf8(), R"(["u"])"},
                                                  {"item", arrow::utf8(), R"(["a"])"},
                                                  {"score", arrow::float64(), "[1e300]"}});
  EXPECT_EQ(test::error_of(folder_, [&] { import("a.parquet"); }),
            "a.parquet, row 1: score is 1e+300" + kept);
  folder_.write("a.csv", "user,item,score\nu,a,3.4028234663852886e38\nu,b,-3.4e38\nu,c,1e-400\n");
  const List list = lists("a.csv").at("u");
  EXPECT_THAT(list.items, ElementsAre("a", "c", "b"));
  EXPECT_EQ(list.scores[0], std::numeric_limits<float>::max());
  EXPECT_EQ(list.scores[1], 0);
}

TEST_F(RankedLists, EqualScoresFollowTheRuleThatIsNamed) {
  const std::string run = "u Q0 b 3 1 t\nu Q0 d10 1 1 t\nu Q0 d9 2 1 t\n";
  folder_.write("a.run", run);
  EXPECT_THAT(order("a.run"), ElementsAre("d10", "d9", "b"));
  EXPECT_THAT(order("a.run", ListTies::rank), ElementsAre("d10", "d9", "b"));
  EXPECT_THAT(order("a.run", ListTies::file), ElementsAre("b", "d10", "d9"));
  EXPECT_THAT(order("a.run", ListTies::docno_descending), ElementsAre("d9", "d10", "b"));
  folder_.write("a.csv", "user,item,score\nu,b,1\nu,d10,1\nu,d9,1\n");
  EXPECT_THAT(order("a.csv"), ElementsAre("b", "d10", "d9")) << "it has no ranks";
  EXPECT_THAT(order("a.csv", ListTies::docno_descending), ElementsAre("d9", "d10", "b"));
  EXPECT_EQ(error("a.csv", "user,item,score\nu,b,1\n", ListTies::rank),
            "a.csv:1: has no column rank, by which ties: rank orders equal scores; ties: file and "
            "docno_descending need none");
  EXPECT_EQ(error("b.run", "u Q0 b - 1 t\n", ListTies::rank),
            "b.run:1: rank is \"-\", which is no integer; ties: rank orders equal scores by it, "
            "ties: file and docno_descending do not");
}

TEST_F(RankedLists, RunsAreReadAndOrderedAsTrecEvalDoes) {
  std::ifstream file(ASSAY_SOURCE_DIR "/tests/golden/oracles/trec_ties.json");
  const nlohmann::json oracle = nlohmann::json::parse(file);
  folder_.write("a.run", oracle.at("run").get<std::string>());
  std::map<std::string, std::vector<std::string>> got;
  for (const auto& [query, list] : lists("a.run", ListTies::docno_descending))
    got[query] = list.items;
  EXPECT_EQ(got, (oracle.at("order").get<std::map<std::string, std::vector<std::string>>>()));
}

TEST_F(RankedLists, RanksThatAreNoIntegersAreLeftOutOfTies) {
  folder_.write("a.run", "u Q0 b 2 1 t\nu Q0 a - 1 t\nu Q0 c 1 1 t\n");
  EXPECT_THAT(order("a.run"), ElementsAre("b", "a", "c"));
  EXPECT_THAT(notes("a.run"), ElementsAre("a.run:2: rank is \"-\", which is no integer; ranks are "
                                          "not used, and equal scores keep the order of the file"));
  folder_.write("b.run", "u Q0 b 2.0 1 t\nu Q0 a 1.0 1 t\n");
  EXPECT_THAT(order("b.run"), ElementsAre("a", "b"));
}

TEST_F(RankedLists, CommentsThatLookLikeEntriesAreTold) {
  folder_.write("a.run", "# a run\nu Q0 b 1 1 t\n#1 Q0 a 1 1 t\n#2 Q0 a 1 1 t\n");
  EXPECT_THAT(notes("a.run"), ElementsAre("a.run:3: 2 lines like an entry begin with # and are "
                                          "passed over, as trec_eval passes over them"));
}

TEST_F(RankedLists, ARankThatContradictsItsScoreIsTold) {
  folder_.write("a.run", "u Q0 a 1 5 t\nu Q0 b 3 4 t\nu Q0 c 2 3 t\nv Q0 a 2 1 t\nv Q0 b 2 1 t\n");
  EXPECT_THAT(order("a.run"), ElementsAre("a", "b", "c")) << "scores decide";
  EXPECT_THAT(notes("a.run"),
              ElementsAre("a.run:3: rank 2 has the score 3, below the 4 of rank 3; 1 of 5 entries "
                          "has a rank that contradicts its score, and scores decide"));
  folder_.write("a.csv", "user,item,rank,score\nu,a,1,0.1\nu,b,2,0.2\nu,c,3,0.3\n");
  EXPECT_THAT(notes("a.csv"),
              ElementsAre("a.csv:2: rank 1 has the score 0.1, below the 0.3 of rank 3; 2 of 3 "
                          "entries have ranks that contradict their scores, and scores decide"));
  for (const char* ranks : {"0,1,2", "1,1,1", "1,2,2", "5,7,9"}) {
    folder_.write("b.csv", fmt::format("user,item,rank,score\nu,a,{},3\nu,b,{},2\nu,c,{},2\n",
                                       ranks[0], ranks[2], ranks[4]));
    EXPECT_THAT(notes("b.csv"), IsEmpty()) << ranks;
  }
}

TEST_F(RankedLists, AListThatIsWrittenAsATextIsRefused) {
  EXPECT_EQ(
      error("a.csv", "user,item,rank\nu,\"['a', 'b']\",1\n"),
      "a.csv:2: item is \"['a', 'b']\", a list that is written as a text; expected one value: "
      "write a row for each member of the list");
}

TEST_F(RankedLists, WhatIsOddInThemIsToldAndInTheAudit) {
  folder_.write("log.csv", "user,item,at\nu1,a,1\nu1,b,2\nu2,b,3\nu2,c,4\n");
  folder_.write("a.run", "u1 Q0 c 1 1 t\nu1 Q0 b 2 2 t\nu2 Q0 a 1 3 t\n");
  task::DatasetSpec dataset = test::csv_at(folder_.path("log.csv"));
  dataset.split = {
      .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
  dataset.lists = {{"tool", {folder_.path("a.run")}}};
  const std::string text =
      "rank 1 has the score 1, below the 2 of rank 2; 1 of 3 entries has a rank that contradicts "
      "its score, and scores decide";
  for (const char* pass : {"made", "cached"}) {
    std::vector<std::string> told;
    const dataset::PreparedRef ref =
        load_dataset(dataset, {}, {}, 1, folder_.places(),
                     [&](const std::string& line) { told.push_back(line); });
    EXPECT_THAT(told, Contains("logs: lists.tool: " + folder_.path("a.run") + ":1: " + text))
        << pass;
    test::expect_property(ref, "ranked_lists", "lists.tool, line 1: " + text);
  }
}

TEST_F(RankedLists, TheirTiesBelongToTheirIdentityWhereTheyAreNamed) {
  folder_.write("a.run", "u Q0 b 1 1 t\n");
  const std::string plain = import("a.run").key;
  EXPECT_NE(import("a.run", ListTies::file).key, plain);
  EXPECT_NE(import("a.run", ListTies::file).key, import("a.run", ListTies::rank).key);
}

TEST_F(RankedLists, MayNameTheirColumns) {
  const std::map<std::string, std::string> columns = {
      {"user", "uid"}, {"item", "aid"}, {"score", "s"}, {"rank", "r"}};
  const auto order_of = [&](const task::ListSpec& spec) {
    const dataset::ImportedData data =
        dataset::ImportedData::open(import_lists(spec, folder_.path("cache")).path);
    std::string out;
    for (const int32_t item : data.file().array<int32_t>("list.item"))
      out += test::texts(dataset::TextView{data.file().array<char>("item.text"),
                                           data.file().array<int64_t>("item.text.offsets")})[item];
    return out;
  };
  test::write_parquet(folder_.path("a.parquet"), {{"uid", arrow::int64(), "[1, 1, 1]"},
                                                  {"aid", arrow::utf8(), R"(["a", "b", "c"])"},
                                                  {"s", arrow::float64(), "[1, 3, 3]"},
                                                  {"r", arrow::int32(), "[0, 2, 1]"},
                                                  {"item", arrow::utf8(), R"(["x", "y", "z"])"}});
  EXPECT_EQ(order_of({.path = folder_.path("a.parquet"), .ties = {}, .columns = columns}), "cba");
  folder_.write("a.csv", "uid,item,r\n1,a,3\n1,b,2\n");
  EXPECT_EQ(
      order_of(
          {.path = folder_.path("a.csv"), .ties = {}, .columns = {{"user", "uid"}, {"rank", "r"}}}),
      "ba")
      << "a role that is not named has its own name";
  const auto error = [&](const std::string& name, const std::map<std::string, std::string>& named) {
    return test::error_of(folder_, [&] {
      import_lists({.path = folder_.path(name), .ties = {}, .columns = named},
                   folder_.path("cache"));
    });
  };
  EXPECT_EQ(error("a.csv", {{"user", "uit"}, {"rank", "r"}}),
            "a.csv:1: has no column uit (columns.user); did you mean \"uid\"?");
  EXPECT_EQ(error("a.csv", {{"user", "uid"}, {"score", "scores"}}),
            "a.csv:1: has no column scores (columns.score); known: uid, item, r");
  folder_.write("b.csv", "uid,item,r,s\n1,a,3,1e39\n");
  EXPECT_THAT(error("b.csv", {{"user", "uid"}, {"score", "s"}}),
              testing::StartsWith("b.csv:2: s is \"1e39\"; scores are kept in 32 bits"));
  folder_.write("b.csv", "uid,item,r\n1,a,first\n");
  EXPECT_EQ(error("b.csv", {{"user", "uid"}, {"rank", "r"}}),
            "b.csv:2: r is \"first\"; expected a number");
  folder_.write("a.run", "1 Q0 a 1 0.5 t\n");
  EXPECT_EQ(error("a.run", {{"user", "uid"}}),
            "a.run: is read as a TREC run, whose fields have no names (lists.*.columns); a table "
            "is named .csv, .tsv, .jsonl or .parquet");
}

TEST_F(RankedLists, NamesOfColumnsAreInTheKeyOnlyWhereTheyAreGiven) {
  folder_.write("a.csv", "user,item,score\nu,a,1\n");
  const auto key = [&](const std::map<std::string, std::string>& columns) {
    return import_lists({.path = folder_.path("a.csv"), .ties = {}, .columns = columns},
                        folder_.path("cache"))
        .key;
  };
  EXPECT_EQ(key({}), import("a.csv").key);
  EXPECT_NE(key({{"score", "score"}}), key({}));
}

}  // namespace
}  // namespace assay::ingest
