#include "page/page_stages.h"

#include <gmock/gmock.h>

#include "results/explained_rows.h"
#include "unit/report/faked_run.h"

namespace assay::page {
namespace {

using nlohmann::json;

/// Requests 1 and 3 of four: recall holds four candidates of each, rank keeps two.
results::StageLists recall_lists() {
  return {.stage = "recall[0]",
          .size = 2,
          .requests = {1, 3},
          .lengths = {40, 1},
          .items = {5, 2, 9, -1},
          .scores = {1.0F, 0.5F, 2.0F, -std::numeric_limits<float>::infinity()},
          .found_offsets = {0, 2, 2},
          .found_items = {5, 7},
          .found_ranks = {1, 33}};
}

class StageWaysTest : public ::testing::Test {
 protected:
  StageWaysTest() {
    run_.data("ml100k");
    run_.variant("control");
    run_.database.write(results::RunTrialRow{.run_id = run_.id(),
                                             .variant = "control",
                                             .dataset = "ml100k",
                                             .trial_key = "t",
                                             .spec = "{}",
                                             .request_set = "r",
                                             .artifacts = {{"rank[0]", "fitted"}}});
  }

  /// What the trial leaves, merged.
  StageTraces traces(const std::vector<results::StageLists>& lists,
                     const std::vector<results::Explanations>& said,
                     const std::vector<results::UnknownRequests>& unknown = {}) {
    const std::string path = folder_ / "part.sqlite";
    results::PartWriter part(path, {"1", "evaluate"});
    part.host(run_.host);
    part.artifact({"fitted", "logistic_regression", "rank[0]", 1.0, 1, 1});
    part.note({"fitted", "inputs", "score of recall[0], item:genre"});
    const auto shard = part.begin_shard({.trial_key = "t", .requests = 4});
    for (const results::StageLists& one : lists) part.stage_lists(shard, one);
    for (const results::Explanations& one : said) part.explanations(shard, one, names_);
    for (const results::UnknownRequests& one : unknown) part.unknown_requests(shard, one);
    if (!without_.requests.empty()) part.lists_without(shard, without_);
    part.end_shard(shard, 0.1);
    part.finish();
    run_.database.merge(path, run_.id(), {});
    return {results::Reader(run_.database), "t"};
  }

  InspectorTables tables_{
      ItemTable({"i0", "i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8", "i9"}), {}, {}, {}};

  results::ListsWithout without_;
  std::vector<std::string> names_;

 private:
  faked::Folder folder_;
  faked::FakedRun run_;
};

TEST_F(StageWaysTest, AStageHasItsFirstItemsItsLengthAndWhereTheRelevantOnesStand) {
  const StageTraces all = traces({recall_lists()}, {});
  const json stages = all.stages(1, tables_);
  ASSERT_EQ(stages.size(), 1U);
  EXPECT_EQ(stages[0]["stage"], "recall[0]");
  EXPECT_EQ(stages[0]["count"], 40);
  const json list = tables_.lists.all()[stages[0]["list"].get<size_t>()];
  const json& names = tables_.items.names();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(names[list[0].get<size_t>()], "i5");
  EXPECT_EQ(names[list[1].get<size_t>()], "i2");
  ASSERT_EQ(stages[0]["found"].size(), 2U);
  EXPECT_EQ(names[stages[0]["found"][1][0].get<size_t>()], "i7");
  EXPECT_EQ(stages[0]["found"][1][1], 33);
}

TEST_F(StageWaysTest, AListThatIsShorterEndsWhereItEnds) {
  const json stages = traces({recall_lists()}, {}).stages(3, tables_);
  EXPECT_EQ(tables_.lists.all()[stages[0]["list"].get<size_t>()].size(), 1U);
  EXPECT_EQ(stages[0]["found"], json::array());
}

TEST_F(StageWaysTest, ARequestThatIsNotSampledHasNone) {
  const StageTraces all = traces({recall_lists()}, {});
  EXPECT_EQ(all.stages(0, tables_), json::array());
  EXPECT_EQ(all.stages(2, tables_), json::array());
  EXPECT_EQ(all.why(1, tables_), json::array());
}

TEST_F(StageWaysTest, TellsWhichSourcesDoNotKnowARequest) {
  const StageTraces all = traces({recall_lists()}, {}, {{"recall[0]", {1, 3}}});
  EXPECT_EQ(all.unknown(1), json({"recall[0]"}));
  EXPECT_EQ(all.unknown(2), json::array());
}

TEST_F(StageWaysTest, EqualListsStandOnThePageOnce) {
  results::StageLists same = recall_lists();
  same.stage = "recall";
  const json stages = traces({recall_lists(), same}, {}).stages(1, tables_);
  ASSERT_EQ(stages.size(), 2U);
  EXPECT_EQ(stages[0]["list"], stages[1]["list"]);
  EXPECT_EQ(tables_.lists.all().size(), 1U);
}

TEST_F(StageWaysTest, TermsNameItemsAndFeatures) {
  const StageTraces all = traces({}, {{.place = "rank[0]",
                                       .size = 2,
                                       .requests = {1, 3},
                                       .rests = {0.123456F, faked::kNaN, 0.0F, 2.0F},
                                       .slots = {0, 0, 2, 3},
                                       .kinds = {0, 1, 1, 2},
                                       .ids = {4, 1, 2, 8},
                                       .weights = {0.98765F, -1.5F, 0.25F, 3.0F},
                                       .reason = ""}});
  // Two reasons of the first item, with their weights behind them; nothing of the second item.
  const json first = all.why(1, tables_);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0]["place"], "rank[0]");
  EXPECT_EQ(first[0]["rests"], json::parse("[0.123]"));
  EXPECT_EQ(first[0]["terms"], json::parse("[[0, 0.988, 1, -1.5]]"));
  const json& reasons = tables_.reasons.all();
  EXPECT_EQ(reasons[0][0], 0);
  EXPECT_EQ(tables_.items.names()[reasons[0][1].get<size_t>()], "i4");
  EXPECT_EQ(reasons[1][0], 1);
  EXPECT_EQ(tables_.inputs.all()[reasons[1][1].get<size_t>()], "item:genre");

  const json second = all.why(3, tables_);
  EXPECT_EQ(second[0]["rests"], json::parse("[0.0, 2.0]"));
  EXPECT_EQ(second[0]["terms"], json::parse("[[2, 0.25], [3, 3.0]]"));
  EXPECT_EQ(tables_.inputs.all()[reasons[2][1].get<size_t>()], "feature 2")
      << "the note names two inputs only";
  EXPECT_EQ(tables_.items.names()[reasons[3][1].get<size_t>()], "i8");
}

TEST_F(StageWaysTest, AStrategyThatFailedToExplainSaysWhy) {
  const json why = traces({}, {{.place = "rank[0]", .reason = "it threw"}}).why(1, tables_);
  EXPECT_EQ(why, json::parse(R"([{"place": "rank[0]", "reason": "it threw"}])"));
}

TEST(Shortened, KeepsSoManyDigitsOfAnySize) {
  EXPECT_EQ(shortened(0.000123456, 3), 0.000123);
  EXPECT_EQ(shortened(-9.9996, 4), -10.0);
  EXPECT_EQ(shortened(123456.0, 3), 123000.0);
  EXPECT_EQ(shortened(0.0, 3), 0.0);
}

TEST(ItemTable, NamesEachItemOnce) {
  ItemTable book({"a", "b"});
  EXPECT_EQ(book.place(1), 0);
  EXPECT_EQ(book.place(0), 1);
  EXPECT_EQ(book.place(1), 0);
  EXPECT_EQ(book.place(-1), -1);
  EXPECT_EQ(book.place(7), 2);
  EXPECT_EQ(book.names(), json::parse(R"(["b", "a", "#7"])"));
}

TEST_F(StageWaysTest, NamesFeaturesAsTheExplanationDoesBeforeTheNoteOfTheFit) {
  names_ = {"item:genre=Drama", "item:genre=War"};
  const StageTraces all = traces({}, {{.place = "rank[0]",
                                       .size = 1,
                                       .requests = {1},
                                       .rests = {0.0F},
                                       .slots = {0},
                                       .kinds = {1},
                                       .ids = {1},
                                       .weights = {0.5F}}});
  all.why(1, tables_);
  EXPECT_EQ(tables_.inputs.all(), json({"item:genre=War"}));
}

TEST_F(StageWaysTest, AListWithoutAnItemStandsAtItsRequest) {
  without_ = {
      .size = 2, .requests = {1, 1, 3}, .left_out = {4, 6, 4}, .items = {5, 2, 9, -1, 7, 8}};
  const StageTraces all = traces({}, {});
  const json lists = all.without(1, tables_);
  ASSERT_EQ(lists.size(), 2U);
  const json& names = tables_.items.names();
  EXPECT_EQ(names[lists[1]["item"].get<size_t>()], "i6");
  const json second = tables_.lists.all()[lists[1]["list"].get<size_t>()];
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(names[second[0].get<size_t>()], "i9");
  EXPECT_TRUE(all.without(2, tables_).empty());
}

}  // namespace
}  // namespace assay::page
