#include "assignment/assigner.h"

#include <gmock/gmock.h>

#include "error/error.h"
#include "stats/sample_ratio.h"

namespace assay::assignment {
namespace {

constexpr int kUnits = 20'000;

std::string unit(int number) { return "user-" + std::to_string(number); }

ExperimentSpec two_arms(HashKind hash) {
  return {.name = "ranking",
          .seed = "ranking-2026",
          .hash = hash,
          .arms = {{"control", 0.7}, {"treatment", 0.3}}};
}

class EveryHash : public testing::TestWithParam<HashKind> {};

INSTANTIATE_TEST_SUITE_P(Assigner, EveryHash,
                         testing::Values(HashKind::growthbook_v1, HashKind::growthbook_v2,
                                         HashKind::planout));

TEST_P(EveryHash, ArmsFillByTheirWeights) {
  const Assigner assigner(two_arms(GetParam()));
  std::vector<int64_t> counts(2);
  for (int i = 0; i < kUnits; ++i) ++counts[static_cast<size_t>(assigner.assign(unit(i)).arm)];
  EXPECT_FALSE(stats::sample_ratio(counts, std::vector<double>{0.7, 0.3}).mismatch());
}

TEST_P(EveryHash, MoreCoverageAddsUnitsAndMovesNone) {
  ExperimentSpec spec = two_arms(GetParam());
  spec.coverage = 0.1;
  const Assigner small(spec);
  spec.coverage = 0.6;
  const Assigner large(spec);
  int covered = 0;
  for (int i = 0; i < kUnits; ++i) {
    const Assignment before = small.assign(unit(i));
    const Assignment after = large.assign(unit(i));
    if (before.arm < 0) {
      EXPECT_EQ(before.outcome, Outcome::outside_coverage);
      continue;
    }
    ++covered;
    EXPECT_EQ(before.arm, after.arm) << unit(i);
  }
  EXPECT_NEAR(covered, 0.1 * kUnits, 0.01 * kUnits);
}

TEST_P(EveryHash, ManyUnitsAtOnceGoWhereEachGoesAlone) {
  ExperimentSpec spec = two_arms(GetParam());
  spec.coverage = 0.5;
  spec.in_namespace = NamespaceShare{"homepage", {0.2, 0.9}};
  const Assigner assigner(spec);
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back(unit(i));
  const std::vector<std::string_view> units(names.begin(), names.end());
  std::vector<int16_t> arms(units.size());
  assigner.assign(units, arms);
  for (size_t i = 0; i < units.size(); ++i) EXPECT_EQ(arms[i], assigner.assign(units[i]).arm);
}

TEST(Assigner, ExperimentsOfOneNamespaceShareNoUnit) {
  ExperimentSpec first = two_arms(HashKind::growthbook_v2);
  first.in_namespace = NamespaceShare{"homepage", {0.0, 0.4}};
  ExperimentSpec second = two_arms(HashKind::growthbook_v2);
  second.seed = "colours";
  second.in_namespace = NamespaceShare{"homepage", {0.4, 1.0}};
  const Assigner a(first);
  const Assigner b(second);
  for (int i = 0; i < kUnits; ++i) EXPECT_NE(a.assign(unit(i)).arm < 0, b.assign(unit(i)).arm < 0);
}

TEST(Assigner, HeldOutUnitsAreInNoArm) {
  ExperimentSpec spec = two_arms(HashKind::growthbook_v2);
  spec.holdouts = {{"autumn", "autumn-2026", 0.05}};
  const Assigner assigner(spec);
  int held_out = 0;
  for (int i = 0; i < kUnits; ++i) {
    const Assignment got = assigner.assign(unit(i));
    EXPECT_EQ(got.arm < 0, got.outcome == Outcome::held_out);
    held_out += got.arm < 0 ? 1 : 0;
  }
  EXPECT_NEAR(held_out, 0.05 * kUnits, 0.01 * kUnits);
}

TEST(Assigner, ArmsOfTwoSeedsAreIndependent) {
  const Assigner a(two_arms(HashKind::growthbook_v2));
  ExperimentSpec spec = two_arms(HashKind::growthbook_v2);
  spec.seed = "colours";
  const Assigner b(spec);
  std::vector<int64_t> cells(4);
  for (int i = 0; i < kUnits; ++i)
    ++cells[static_cast<size_t>(2 * a.assign(unit(i)).arm + b.assign(unit(i)).arm)];
  EXPECT_FALSE(stats::sample_ratio(cells, std::vector<double>{0.49, 0.21, 0.21, 0.09}).mismatch());
}

TEST(Assigner, WeightsThatDoNotSumToOneAreOurBug) {
  ExperimentSpec spec = two_arms(HashKind::planout);
  spec.arms[0].weight = 0.5;
  EXPECT_THROW(Assigner{spec}, error::InternalError);
  spec.arms.clear();
  EXPECT_THROW(Assigner{spec}, error::InternalError);
}

}  // namespace
}  // namespace assay::assignment
