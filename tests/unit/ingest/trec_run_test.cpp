#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow_files.h"
#include "data_files.h"
#include "ingest/ranked_entries.h"

namespace assay::ingest {
namespace {

using test::TestFolder;
using test::values;
using testing::ElementsAre;

class TrecRun : public testing::Test {
 protected:
  std::string error_with(const std::string& text) {
    folder_.write("a.run", text);
    return test::error_of(folder_,
                          [&] { import_lists({folder_.path("a.run")}, folder_.path("cache")); });
  }
  TestFolder folder_;
};

TEST_F(TrecRun, ListsFallInScoreAndEqualScoresFollowTheRank) {
  folder_.write("a.run",
                "u2 Q0 x 1 0.5 tool\n"
                "u1 Q0 a 3 1.0 tool\nu1 Q0 b 1 2.0 tool\nu1\tQ0\tc\t2\t1.0\ttool\n"
                "u2 Q0 a 2 -1e-3 tool\n");
  const dataset::ImportedRef ref = import_lists({folder_.path("a.run")}, folder_.path("cache"));
  const dataset::SafetensorsFile file = dataset::SafetensorsFile::open(ref.path);
  EXPECT_THAT(values<int64_t>(file, "list.offsets"), ElementsAre(0, 2, 5));
  EXPECT_THAT(values<int32_t>(file, "list.item"), ElementsAre(0, 1, 2, 3, 1)) << "x a | b c a";
  EXPECT_THAT(values<float>(file, "list.score"), ElementsAre(0.5f, -1e-3f, 2, 1, 1));
}

TEST_F(TrecRun, SayWhatIsWrong) {
  EXPECT_EQ(error_with(""), "a.run: is empty; expected lines of query Q0 item rank score tag");
  EXPECT_EQ(error_with("u1 Q0 a 1 2.0 t\nu1 Q0 b 2 1.0\n"),
            "a.run:2: the line has 5 fields; expected at least 6: query Q0 item rank score tag");
  EXPECT_EQ(error_with("u1 Q0 a 1 high t\n"), "a.run:1: score is \"high\"; expected a number");
  EXPECT_EQ(test::error_of(folder_,
                           [&] { import_lists({folder_.path("b.run")}, folder_.path("cache")); }),
            "b.run: was not found; expected a file of ranked lists");
}

TEST_F(TrecRun, TablesAreListsToo) {
  folder_.write("a.csv", "item,user,score\nx,u2,0.5\na,u1,1\nb,u1,2\n");
  test::write_parquet(folder_.path("a.parquet"), {{"user", arrow::utf8(), R"(["u2", "u1", "u1"])"},
                                                  {"item", arrow::utf8(), R"(["x", "a", "b"])"},
                                                  {"rank", arrow::int32(), "[1, 2, 1]"}});
  for (const char* name : {"a.csv", "a.parquet"}) {
    const dataset::ImportedRef ref = import_lists({folder_.path(name)}, folder_.path("cache"));
    const dataset::SafetensorsFile file = dataset::SafetensorsFile::open(ref.path);
    EXPECT_THAT(values<int64_t>(file, "list.offsets"), ElementsAre(0, 1, 3)) << name;
    EXPECT_THAT(values<int32_t>(file, "list.item"), ElementsAre(0, 2, 1)) << name;
  }
  const auto error = [&](const std::string& text) {
    folder_.write("a.csv", text);
    return test::error_of(folder_,
                          [&] { import_lists({folder_.path("a.csv")}, folder_.path("cache")); });
  };
  EXPECT_EQ(error("user,item\nu,a\n"),
            "a.csv:1: has no column score or rank; ranked lists need one of them");
  EXPECT_EQ(error("user,items,rank\nu,a,1\n"),
            "a.csv:1: has no column item (of ranked lists); did you mean \"items\"?");
  EXPECT_EQ(error("user,item,rank\nu,a,1\nu,b,last\n"),
            "a.csv:3: rank is \"last\"; expected a number");
}

TEST_F(TrecRun, ServesThroughAPreparedDataSet) {
  folder_.write("log.csv", "user,item,at\nu1,a,1\nu1,b,2\nu2,b,3\nu2,c,4\n");
  folder_.write("a.run", "u2 Q0 c 1 3 t\nu2 Q0 b 2 2 t\nu2 Q0 zzz 3 1 t\nu2 Q0 a 4 0 t\n");
  task::DatasetSpec dataset = test::csv_at(folder_.path("log.csv"));
  dataset.split = {
      .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
  dataset.lists = {{"tool", {folder_.path("a.run")}}};
  const dataset::PreparedRef ref = load_dataset(dataset, {}, {}, 1, folder_.places());
  const auto cut = dataset::CutLists::open(ref.lists.at("tool").path);
  const dataset::RaggedView lists = cut.lists(task::Window::test);
  EXPECT_TRUE(lists.row(0).empty()) << "u1 has no list";
  EXPECT_THAT(std::vector<int64_t>(lists.row(1).begin(), lists.row(1).end()), ElementsAre(2, 0))
      << "b was seen";
  folder_.write("a.run", "u2 Q0 c 1 3 t\n");
  const dataset::PreparedRef other = load_dataset(dataset, {}, {}, 1, folder_.places());
  EXPECT_NE(other.lists.at("tool").key, ref.lists.at("tool").key);
  EXPECT_NE(other.lists.at("tool").path, ref.lists.at("tool").path);
  EXPECT_EQ(other.key, ref.key) << "the data are the same";
}

TEST_F(TrecRun, ListsOfOtherUsersOrItemsAreRefused) {
  folder_.write("log.csv", "user,item,at\nu1,a,1\nu1,b,2\nu2,b,3\nu2,c,4\n");
  task::DatasetSpec dataset = test::csv_at(folder_.path("log.csv"));
  dataset.split = {
      .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
  dataset.lists = {{"tool", {folder_.path("a.run")}}};
  dataset.where = "exp.yaml:2:3";
  const auto error = [&](const std::string& text) {
    folder_.write("a.run", text);
    return test::error_of(folder_, [&] { load_dataset(dataset, {}, {}, 1, folder_.places()); });
  };
  EXPECT_EQ(error("x1 Q0 a 1 3 t\nx2 Q0 b 1 2 t\n"),
            "exp.yaml:2:3: lists.tool: none of its 2 users is in the log; it has \"x1\", \"x2\", "
            "the log \"u1\", \"u2\"; queries (the first field of a TREC run, or the column user) "
            "must be ids of the log");
  EXPECT_EQ(error("u1 Q0 7 1 3 t\nu2 Q0 8 1 2 t\n"),
            "exp.yaml:2:3: lists.tool: none of its 2 items is in the log; it has \"7\", \"8\", the "
            "log \"a\", \"b\", \"c\"; items must be ids of the log");
}

TEST_F(TrecRun, RequestsWithoutAListAndListsOfNobodyAreCountedAndTold) {
  folder_.write("log.csv", "user,item,at\nu1,a,1\nu1,b,2\nu2,b,3\nu2,c,4\n");
  folder_.write("a.run", "u2 Q0 a 1 3 t\nu3 Q0 b 1 2 t\nu3 Q0 a 2 1 t\n");
  task::DatasetSpec dataset = test::csv_at(folder_.path("log.csv"));
  dataset.split = {
      .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
  dataset.lists = {{"tool", {folder_.path("a.run")}}};
  std::vector<std::string> told;
  const dataset::PreparedRef ref = load_dataset(
      dataset, {}, {}, 1, folder_.places(), [&](const std::string& line) { told.push_back(line); });
  const std::string text =
      "lists.tool: 1 of 2 test requests has no list and gets an empty one; 1 of its 2 lists is of "
      "users that are not in the data set (\"u3\")";
  EXPECT_THAT(told, testing::Contains("logs: " + text));
  test::expect_property(ref, "ranked_lists", text);
  EXPECT_EQ(ref.info.at("removed").front(),
            nlohmann::json({{"step", "lists.tool"},
                            {"reason", "lists of users that are not in the data set"},
                            {"users", 1},
                            {"items", 0},
                            {"events", 2}}));
}

TEST_F(TrecRun, RanksAreWholeNumbersThatOrderTheList) {
  const auto error = [&](const std::string& rows) {
    folder_.write("a.csv", "user,item,rank\n" + rows);
    return test::error_of(folder_,
                          [&] { import_lists({folder_.path("a.csv")}, folder_.path("cache")); });
  };
  EXPECT_EQ(error("u,a,1.5\n"), "a.csv:2: rank is \"1.5\"; ranks are integers from 0 or 1");
  EXPECT_EQ(error("u,a,-1\n"), "a.csv:2: rank is \"-1\"; ranks are integers from 0 or 1");
  EXPECT_EQ(error("u,a,1\nv,a,1\nu,b,1\n"),
            "a.csv: the list of \"u\" has the rank 1 twice and no score; a rank orders a list");
  EXPECT_EQ(error("u,a,0\nu,b,1\n"), "");
}

}  // namespace
}  // namespace assay::ingest
