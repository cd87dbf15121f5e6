#include <gmock/gmock.h>

#include "integration/runs/workbench.h"

// Declared parts of a fit, through real workers.

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

std::string with_parts(const std::string& rest) {
  return "plugins: [" ASSAY_BUILD_DIR "/test_plugins/fake_parts.so]\n" + rest;
}

std::string grid(const std::string& more) {
  return with_parts(
      "variants:\n"
      "  counted: {recall: [{plugin: shared_counts, params: {power: {grid: [0.5, 1, 2, 3, 4]}" +
      more + "}}]}\n");
}

TEST(Parts, AGridSharesOnePart) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(grid("")), {.smoke = true});
  EXPECT_TRUE(outcome.failed.empty());
  EXPECT_EQ(outcome.computed, 5);
  EXPECT_EQ(outcome.fits, 6) << "one part and five fits";
  EXPECT_EQ(bench.number("SELECT count(*) FROM artifact WHERE stage = 'recall[0].counts'"), 1);
  EXPECT_EQ(bench.text("SELECT value FROM note WHERE key = 'made'"), "counts");
  EXPECT_EQ(bench.number("SELECT count(*) FROM trial_artifact WHERE place = 'recall[0].counts'"),
            5);
}

TEST(Parts, GiveTheListsThatAFitWithoutThemGives) {
  const Workbench bench;
  bench.run(bench.experiment(grid("")));
  const execution::RunOutcome alone = bench.run(bench.experiment(grid(", shared: false")));
  EXPECT_EQ(alone.fits, 5) << "the part is in the cache";
  const results::Slates slates = bench.slates("counted[power=2]", std::nullopt);
  bench.run(bench.experiment(grid("")));
  const results::Slates shared = bench.slates("counted[power=2]", std::nullopt);
  EXPECT_GT(slates.requests, 0);
  EXPECT_EQ(slates.items, shared.items);
  EXPECT_EQ(slates.scores, shared.scores);
}

TEST(Parts, AnotherParameterOfThePartIsAnotherPart) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(with_parts(R"(
variants:
  counted: {recall: [{plugin: shared_counts, params: {log_counts: {grid: [false, true]}}}]}
)")));
  EXPECT_EQ(outcome.fits, 4);
}

TEST(Parts, OneThatDrawsIsRefused) {
  const Workbench bench;
  const execution::RunOutcome outcome = bench.run(bench.experiment(with_parts(R"(
variants:
  drawn: {recall: [{plugin: drawing_part}]}
)")));
  ASSERT_EQ(outcome.failed.size(), 1U);
  EXPECT_THAT(outcome.failed[0].failure.reason,
              HasSubstr("asked for random numbers while making the part counts, which must not "
                        "draw"));
}

}  // namespace
}  // namespace assay::testing
