#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load.h"

namespace assay::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string experiment(const std::string& lists) {
  return "data: {source: movielens-100k, lists: " + lists +
         "}\nvariants: {a: {recall: [{lists: mine, k: 50}]}}\n";
}

TEST(ListsSection, TakesAFileOrAMapOfAFileAndItsTies) {
  const Folder folder;
  folder.write("a.run", "");
  const task::Experiment read =
      load_text(experiment("{mine: a.run, ruled: {path: a.run, ties: docno_descending}, "
                           "plain: {path: a.run}}"));
  const auto& lists = read.datasets.at(0).lists;
  ASSERT_EQ(lists.size(), 3U);
  for (const auto& [name, list] : lists)
    EXPECT_EQ(list.path, (folder.path() / "a.run").string()) << name;
  EXPECT_EQ(lists.at("mine").ties, std::nullopt);
  EXPECT_EQ(lists.at("plain").ties, std::nullopt);
  EXPECT_EQ(lists.at("ruled").ties, task::ListTies::docno_descending);
}

TEST(ListsSection, NamesTheColumnsOfATable) {
  const Folder folder;
  folder.write("a.csv", "");
  const task::Experiment read = load_text(
      experiment("{mine: {path: a.csv, columns: {user: uid, item: aid, score: s, rank: r}}, "
                 "one: {path: a.csv, ties: file, columns: {user: uid}}}"));
  const auto& lists = read.datasets.at(0).lists;
  EXPECT_EQ(lists.at("mine").columns,
            (std::map<std::string, std::string>{
                {"user", "uid"}, {"item", "aid"}, {"score", "s"}, {"rank", "r"}}));
  EXPECT_EQ(lists.at("one").ties, task::ListTies::file);
  const Folder same;  // load_text() removed it
  same.write("a.csv", "");
  const auto again = load_text(read.resolved_text).datasets.at(0).lists;
  for (const auto& [name, list] : lists) {
    EXPECT_EQ(again.at(name).columns, list.columns) << name;
    EXPECT_EQ(again.at(name).ties, list.ties) << name;
  }
  const Folder once_more;
  once_more.write("a.csv", "");
  EXPECT_THAT(
      problems_of(experiment("{mine: {path: a.csv, columns: {user: uid, item: uid}}, "
                             "b: {path: a.csv, columns: {users: uid}}}")),
      AllOf(HasSubstr("lists.mine.columns.item is uid, and so is user; one column has one role"),
            HasSubstr("lists.b.columns.users is not a key of columns; did you mean \"user\"?")));
}

TEST(ListsSection, SaysWhatIsWrongWithOne) {
  const Folder folder;
  folder.write("a.run", "");
  EXPECT_THAT(
      problems_of(experiment("{mine: a.run, a: {path: a.run, ties: docno}, b: {ties: file}, "
                             "c: {path: a.run, tie: rank}, d: {path: nowhere.run}}")),
      AllOf(HasSubstr("lists.a.ties is docno; it must be file, rank or docno_descending"),
            HasSubstr("lists.b.path is missing"),
            HasSubstr("lists.c.tie is not a key of a file of ranked lists; did you mean \"ties\"?"),
            HasSubstr("lists.d.path is nowhere.run, but "), HasSubstr(" is not a file")));
}

TEST(MetricNames, GetTheNearNameWhateverTheirCapitals) {
  const auto problems = [](const std::string& metrics) {
    return problems_of(
        "data: {source: movielens-100k}\nvariants: {a: {recall: [{plugin: random}]}}"
        "\nmetrics: " +
        metrics + "\n");
  };
  EXPECT_THAT(problems("{names: [nDCG, \"NDCG@10\", Recall@20]}"),
              AllOf(HasSubstr("\"nDCG\" is not a metric; did you mean \"ndcg\"?"),
                    HasSubstr("\"NDCG\" is not a metric; did you mean \"ndcg\"?"),
                    HasSubstr("\"Recall\" is not a metric; did you mean \"recall\"?")));
  EXPECT_THAT(problems("{metrics: [ndcg@10], k: [10]}"),
              AllOf(HasSubstr("metrics.metrics is not a key of metrics; did you mean \"names\"?"),
                    HasSubstr("metrics.k is not a key of metrics; did you mean \"cutoffs\"?")));
}

}  // namespace
}  // namespace assay::config
