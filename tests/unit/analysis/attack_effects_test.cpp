#include "analysis/attack_effects.h"

#include <gmock/gmock.h>

#include "analysis/check_judgement.h"
#include "unit/report/faked_quickstart.h"

namespace assay::analysis {
namespace {

using faked::FakedRun;
using faked::kNdcg;
using faked::TrialValues;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Four requests with lists of three.
TrialValues lists(const std::vector<int32_t>& items) {
  TrialValues left;
  left.columns[{"served", kNdcg, 10}] = {0.1F, 0.2F, 0.3F, 0.4F};
  left.items = items;
  left.size = 3;
  return left;
}

/// Items 7 and 8 are pushed. The twin shows 7 once, at place 3.
void attack(FakedRun& run, const std::string& twin) {
  run.data("ml100k");
  for (const char* name : {"control", "attacked"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, lists({1, 2, 7, 1, 2, 3, 4, 5, 6, 4, 5, 6}));
  run.trial("attacked", "ml100k", std::nullopt, lists({7, 8, 1, 8, 1, 2, 4, 7, 6, 4, 5, 6}));
  const std::string perturb = R"({"seed":1,"attack":{"kind":"random","goal":"push","share":0.1,)"
                              R"("filler":0.1,"targets":["i7","i8"]}})";
  results::write_changed_log(run.database, {run.id(), "attacked", perturb, "", twin});
  results::write_attack_target(run.database, {run.id(), "attacked", "ml100k", "all", 0, 7, "i7"});
  results::write_attack_target(run.database, {run.id(), "attacked", "ml100k", "all", 1, 8, "i8"});
}

TEST(AttackEffects, AreThoseOfTheListsBesideTheTwins) {
  FakedRun run;
  attack(run, "control");
  run.finish();
  const auto rows = results::attack_effects(results::Reader(run.database), run.id());
  ASSERT_THAT(rows, SizeIs(1));
  const results::AttackEffectRow& row = rows.front();
  EXPECT_EQ(row.variant, "attacked");
  EXPECT_EQ(row.twin, "control");
  EXPECT_EQ(row.requests, 4);
  EXPECT_EQ(row.hit_ratio, 0.75);
  EXPECT_EQ(row.twin_hit_ratio, 0.25);
  EXPECT_EQ(row.hit_shift, 0.5);
  // {0, 1, 1, 0}: s = 0.57735, t(.975, 3) = 3.182446, half-width 0.918693.
  EXPECT_NEAR(row.ci_low.value(), 0.5 - 0.918693, 1e-6);
  EXPECT_NEAR(row.ci_high.value(), 0.5 + 0.918693, 1e-6);
  EXPECT_EQ(row.targets_per_list, 1);
  EXPECT_EQ(row.twin_targets_per_list, 0.25);
  // Ranks of 7 and 8: 3 4, 4 4, 4 4, 4 4 before, 1 2, 4 1, 2 4, 4 4 after; 4 is behind the end.
  EXPECT_EQ(row.rank_shift, (31.0 - 22.0) / 8);
  EXPECT_EQ(row.scored, 1) << "both show 7 in the first request alone";
  EXPECT_EQ(row.prediction_shift, 0);
  EXPECT_EQ(row.reason, "");
}

TEST(AttackEffects, WithoutATwinThereIsTheVariantsOwnAndWhy) {
  FakedRun run;
  attack(run, "");
  run.finish();
  const auto rows = results::attack_effects(results::Reader(run.database), run.id());
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows.front().hit_ratio, 0.75);
  EXPECT_EQ(rows.front().hit_shift, std::nullopt);
  EXPECT_EQ(rows.front().reason, "no variant has the same stages without perturb");
  EXPECT_THAT(run.text(), HasSubstr("attacked has nothing beside it: no variant has"));
}

TEST(AttackEffects, AreShownBesideWhatIsLearntFrom) {
  FakedRun run;
  attack(run, "control");
  run.finish();
  const std::string text = run.text();
  EXPECT_THAT(text, HasSubstr("ml100k, targets of attacks, n = 4"));
  EXPECT_THAT(text, HasSubstr("0.5000 [-0.4187, 1.4187]"));
  EXPECT_THAT(text, HasSubstr("attacked learns from another log than it is measured on: 10 % "
                              "random profiles that push 2 items (twin: control)."));
}

TEST(AttackEffects, ThatWereEditedAreFound) {
  FakedRun run;
  attack(run, "control");
  run.finish();
  const results::Reader reader(run.database);
  EXPECT_THAT(check_judgement(reader, run.id()).differences, IsEmpty());
  results::AttackEffectRow row = results::attack_effects(reader, run.id()).front();
  row.hit_ratio = 0.3;
  results::write_attack_effect(run.database, row);
  EXPECT_THAT(check_judgement(reader, run.id()).differences,
              ::testing::ElementsAre(HasSubstr("effect of the attack on attacked, ml100k: "
                                               "hit_ratio is 0.3, recomputed 0.75")));
}

}  // namespace
}  // namespace assay::analysis
