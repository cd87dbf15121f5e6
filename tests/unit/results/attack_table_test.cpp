#include "results/attack_table.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "sample_run.h"

namespace assay::results {
namespace {

using ::testing::IsEmpty;

TEST(AttackTable, RowsComeBackAsTheyWereWritten) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  const int64_t run = sample::begin_sample(database);
  const std::string perturb = R"({"dropped":0.1,"seed":1})";
  write_changed_log(database, {run, "control", perturb, "", "other"});
  write_attack_target(database, {run, "control", "ml100k", "all", 0, 7, "item 8"});
  AttackEffectRow row{.run_id = run, .variant = "control", .dataset = "ml100k", .twin = "other"};
  row.requests = 10;
  row.hit_ratio = 0.5;
  row.twin_hit_ratio = 0.25;
  row.hit_shift = 0.1;
  write_attack_effect(database, row);
  row.hit_shift = 0.25;
  row.scored = 3;
  row.prediction_shift = -1.5;
  write_attack_effect(database, row);

  const Reader reader(database);
  ASSERT_EQ(changed_logs(reader, run).size(), 1U);
  EXPECT_EQ(changed_logs(reader, run)[0].perturb, perturb);
  EXPECT_EQ(changed_logs(reader, run)[0].augment, "");
  EXPECT_EQ(changed_logs(reader, run)[0].twin, "other");
  ASSERT_EQ(attack_targets(reader, run).size(), 1U);
  EXPECT_EQ(attack_targets(reader, run)[0].item, 7);
  EXPECT_EQ(attack_targets(reader, run)[0].id, "item 8");
  ASSERT_EQ(attack_effects(reader, run).size(), 1U) << "a row of the same key is replaced";
  EXPECT_EQ(attack_effects(reader, run)[0].hit_shift, 0.25);
  EXPECT_EQ(attack_effects(reader, run)[0].prediction_shift, -1.5);
  EXPECT_EQ(attack_effects(reader, run)[0].rank_shift, std::nullopt);
  EXPECT_EQ(attack_effects(reader, run)[0].scored, 3);
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST(AttackTable, AFileFromBeforeAttacksGetsEmptyTablesOfThem) {
  const auto named = [](const Migration& step) {
    return step.what == "adds changed_log, attack_target and attack_effect";
  };
  const auto step = std::ranges::find_if(migrations(), named);
  ASSERT_NE(step, migrations().end());
  const std::vector<Migration> before(migrations().begin(), step);
  const sample::Folder folder;
  const std::string path = folder / "old.sqlite";
  {
    auto old = Database::open_or_create(path, 100, before);
    sample::begin_sample(old);
    old.close();
  }
  const auto newer = Database::open_or_create(path, 100);
  EXPECT_THAT(attack_effects(Reader(newer), 1), IsEmpty());
  EXPECT_THAT(changed_logs(Reader(newer), 1), IsEmpty());
  EXPECT_EQ(Reader(newer).variants(1).size(), 2U) << "what was there stays";
  EXPECT_THAT(newer.check(), IsEmpty());
}

}  // namespace
}  // namespace assay::results
