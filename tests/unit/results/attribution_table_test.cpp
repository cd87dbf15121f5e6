#include "results/attribution_table.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "sample_run.h"

namespace assay::results {
namespace {

using sample::lines;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct AttributionTableTest : ::testing::Test {
  AttributionTableTest() : database(Database::open_or_create(folder / "x.sqlite")) {
    run = sample::begin_sample(database);
  }

  AttributionRow row() const {
    return {.run_id = run,
            .of_run = 7,
            .key = "k",
            .from = "control",
            .to = "diverse",
            .parts = {{"recall", "als", "als, ease"}, {"rank", "nothing", "gbdt"}},
            .mixes = {"control", "control + recall", "control + rank", "diverse"},
            .notes = {"als changed"}};
  }

  AttributionValueRow value(AttributionOf of, const std::string& name, double earned,
                            double half_width) const {
    return {.run_id = run,
            .dataset = "ml100k",
            .definition = "latency_ms",
            .of = of,
            .name = name,
            .value = earned,
            .ci_low = earned - half_width,
            .ci_high = earned + half_width};
  }

  sample::Folder folder;
  Database database;
  int64_t run = 0;
};

TEST_F(AttributionTableTest, WhatWasExchangedComesBackAsItWasWritten) {
  const Reader reader(database);
  EXPECT_EQ(attribution_of(reader, run), std::nullopt) << "a run of another kind";
  write_attribution(database, row());
  const auto found = attribution_of(reader, run);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->of_run, 7);
  EXPECT_EQ(found->key, "k");
  EXPECT_EQ(found->to, "diverse");
  EXPECT_EQ(found->parts[1].from, "nothing");
  EXPECT_THAT(found->mixes,
              ElementsAre("control", "control + recall", "control + rank", "diverse"));
  EXPECT_THAT(found->notes, ElementsAre("als changed"));
  EXPECT_THAT(attribution_runs(reader), ElementsAre(run));
}

TEST_F(AttributionTableTest, IsShownAgainOnlyWhereItEndedAndHasValues) {
  const Reader reader(database);
  write_attribution(database, row());
  database.finish_run(run, RunStatus::interrupted, utc_now());
  write_attribution_value(database, value(AttributionOf::total, "", 0.5, 0.1));
  EXPECT_EQ(ended_attribution(reader, "k"), std::nullopt);
  database.finish_run(run, RunStatus::done, utc_now());
  EXPECT_EQ(ended_attribution(reader, "k"), run);
  EXPECT_EQ(ended_attribution(reader, "other"), std::nullopt);
}

TEST_F(AttributionTableTest, SharesAreThoseOfADifferenceThatIsToldFromNothing) {
  write_attribution(database, row());
  write_attribution_value(database, value(AttributionOf::part, "recall", 0.25, 0.1));
  write_attribution_value(database, value(AttributionOf::total, "", 0.5, 0.6));
  const std::string shares = "SELECT kind, part, share FROM attributions ORDER BY kind";
  EXPECT_THAT(lines(database, shares), ElementsAre("part|recall|NULL", "total|NULL|NULL"));
  write_attribution_value(database, value(AttributionOf::total, "", 0.5, 0.1));
  EXPECT_THAT(lines(database, shares), ElementsAre("part|recall|0.5", "total|NULL|NULL"));
  const std::vector<AttributionValueRow> all = attribution_values(Reader(database), run);
  ASSERT_EQ(all.size(), 2U) << "a row of the same key is replaced";
  EXPECT_EQ(all[0].of, AttributionOf::part);
  EXPECT_EQ(all[1].ci_low, 0.4);
}

TEST_F(AttributionTableTest, AFileFromBeforeAttributionsGetsEmptyTablesOfThem) {
  const auto step = std::ranges::find(migrations(),
                                      "adds attribution, attribution_mix and "
                                      "attribution_value",
                                      &Migration::what);
  ASSERT_NE(step, migrations().end());
  const std::vector<Migration> before(migrations().begin(), step);
  const std::string path = folder / "old.sqlite";
  {
    auto old = Database::open_or_create(path, 100, before);
    sample::begin_sample(old);
    old.close();
  }
  const auto newer = Database::open_or_create(path, 100);
  EXPECT_THAT(lines(newer, "SELECT * FROM attributions"), IsEmpty());
  EXPECT_THAT(attribution_runs(Reader(newer)), IsEmpty());
  EXPECT_EQ(Reader(newer).variants(1).size(), 2U) << "what was there stays";
  EXPECT_THAT(newer.check(), IsEmpty());
}

}  // namespace
}  // namespace assay::results
