#include "cli/assignment_spec.h"

#include <gmock/gmock.h>

#include <fstream>

#include "error/error.h"
#include "unit/temp_folder.h"

namespace assay::cli {
namespace {

using assignment::ExperimentSpec;
using testing::ElementsAre;
using testing::HasSubstr;

class AssignmentSpec : public testing::Test {
 protected:
  std::vector<ExperimentSpec> read(const std::string& text, int64_t at_us = 0) {
    std::ofstream(path_) << text;
    return read_assignment_spec(path_, at_us);
  }
  std::string problem(const std::string& text) {
    try {
      read(text);
    } catch (const error::UserError& error) {
      return error.what();
    }
    return "";
  }

 private:
  test::TempFolder folder_;
  std::string path_ = folder_.file("tests.yaml");
};

constexpr char kTwo[] =
    "experiments:\n"
    "  ranking: {arms: {control: 0.5, treatment: 0.5}, namespace: {name: home, from: 0, to: 0.4}}\n"
    "  colours: {arms: {blue: 0.5, red: 0.5}, namespace: {name: home, from: 0.3, to: 0.6}}\n";

TEST_F(AssignmentSpec, EveryKeyIsRead) {
  const auto specs = read(
      "experiments:\n"
      "  ranking:\n"
      "    seed: ranking-2026\n"
      "    hash: planout\n"
      "    arms: {control: 0.7, treatment: 0.3}\n"
      "    coverage: 0.5\n"
      "  colours: {arms: {blue: 0.5, red: 0.5}}\n"
      "layers: {home: {colours: 0.4, ranking: 0.6}}\n"
      "holdouts: {autumn: {share: 0.05, seed: a, experiments: [ranking]}}\n");
  ASSERT_EQ(specs.size(), 2);
  EXPECT_EQ(specs[0].seed, "ranking-2026");
  EXPECT_EQ(specs[0].hash, assignment::HashKind::planout);
  EXPECT_EQ(specs[0].coverage, 0.5);
  EXPECT_EQ(specs[0].in_namespace->range, (assignment::BucketRange{0.4, 1.0}));
  EXPECT_EQ(specs[0].holdouts.size(), 1);
  EXPECT_EQ(specs[1].seed, "colours");
  EXPECT_EQ(specs[1].hash, assignment::HashKind::growthbook_v2);
  EXPECT_TRUE(specs[1].holdouts.empty());
}

TEST_F(AssignmentSpec, ARampCoversWhatItsLastStepSays) {
  const std::string text =
      "experiments:\n"
      "  ranking:\n"
      "    arms: {control: 0.5, treatment: 0.5}\n"
      "    ramp: [{from: 2026-12-01, coverage: 0.1}, {from: 2026-12-08, coverage: 0.5}]\n";
  constexpr int64_t kNovember30 = 1'796'000'000'000'000;
  constexpr int64_t kDay = 86'400'000'000;
  EXPECT_EQ(read(text, kNovember30)[0].coverage, 0);
  EXPECT_EQ(read(text, kNovember30 + 2 * kDay)[0].coverage, 0.1);
  EXPECT_EQ(read(text, kNovember30 + 30 * kDay)[0].coverage, 0.5);
}

TEST_F(AssignmentSpec, WeightsSumToOne) {
  EXPECT_THAT(problem("experiments: {ranking: {arms: {control: 0.5, treatment: 0.4}}}\n"),
              HasSubstr("experiments.ranking.arms sum to 0.9; the weights must sum to 1"));
}

TEST_F(AssignmentSpec, ArmsHaveUnits) {
  EXPECT_THAT(problem("experiments: {ranking: {arms: {control: 1, treatment: 0}}}\n"),
              HasSubstr("arms.treatment is 0, an arm without units"));
  EXPECT_THAT(problem("experiments: {ranking: {arms: {control: 0.99995, treatment: 0.00005}}}\n"),
              HasSubstr("less than one of the 10000 buckets"));
  EXPECT_THAT(problem("experiments: {ranking: {arms: {control: 1}}}\n"),
              HasSubstr("at least two arms"));
}

TEST_F(AssignmentSpec, ExperimentsOfANamespaceDoNotOverlap) {
  EXPECT_THAT(problem(kTwo), HasSubstr("experiments.colours.namespace takes 0.3 to 0.6 of home, of "
                                       "which experiments.ranking has 0 to 0.4; units from 0.3 to "
                                       "0.4 would be in both"));
  EXPECT_THAT(problem("experiments: {a: {arms: {x: 0.5, y: 0.5}}, b: {arms: {x: 0.5, y: 0.5}}}\n"
                      "layers: {home: {a: 0.6, b: 0.6}}\n"),
              HasSubstr("layers.home shares out 1.2 of its units"));
}

TEST_F(AssignmentSpec, SeedsDiffer) {
  EXPECT_THAT(
      problem("experiments: {a: {seed: s, arms: {x: 0.5, y: 0.5}}, b: {seed: s, arms: {x: 0.5, y: "
              "0.5}}}\n"),
      HasSubstr("experiments.b has the seed of experiments.a"));
  EXPECT_THAT(problem("experiments: {a: {seed: s, arms: {x: 0.5, y: 0.5}}}\n"
                      "holdouts: {h: {share: 0.1, seed: s}}\n"),
              HasSubstr("all it holds out would be of its first arm"));
}

TEST_F(AssignmentSpec, MistakesHaveTheirPlaceAndNearNames) {
  const std::string text = problem(
      "experiments:\n"
      "  ranking:\n"
      "    hash: growthbook\n"
      "    arms: {control: 0.5, treatment: 0.5}\n"
      "    coverge: 0.5\n"
      "holdouts: {h: {share: 0.1, experiments: [rankin]}}\n");
  EXPECT_THAT(text,
              HasSubstr("tests.yaml:3:11: experiments.ranking.hash is growthbook, which is no "
                        "hash; did you mean \"growthbook_v1\"?"));
  EXPECT_THAT(text, HasSubstr("experiments.ranking.coverge is not a known key; did you mean "
                              "\"coverage\"?"));
  EXPECT_THAT(text, HasSubstr("names rankin, which is no experiment; did you mean \"ranking\"?"));
}

}  // namespace
}  // namespace assay::cli
