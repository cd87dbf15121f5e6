#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "faked_run.h"
#include "report/comparison.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kRequests = 400;

/// Three seeds of `drawn`, each `step` better than the one before on every request.
void fill(FakedRun& run, double step, int seeds = 3) {
  run.data("ml100k");
  run.variant("control");
  run.variant("fixed");
  run.variant("drawn");
  run.trial("control", "ml100k", std::nullopt, faked::measured(kRequests, 0.0, 0.0, 11));
  run.trial("fixed", "ml100k", std::nullopt, faked::measured(kRequests, 0.0, 0.0, 12));
  for (int seed = 1; seed <= seeds; ++seed) {
    run.trial("drawn", "ml100k", seed,
              faked::measured(kRequests, step * seed, 0.0, static_cast<uint64_t>(20 + seed)));
  }
  run.finish();
}

report::Comparison read(const FakedRun& run) { return report::read_comparison(run.database, {}); }

// Seed means 0.02 apart: variance 0.0004 between seeds, a third of it in the mean of three.
TEST(ErrorSources, SeedsThatDifferCarryTheirVariance) {
  FakedRun run;
  fill(run, 0.02);
  const auto sources = read(run).error_sources;
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(sources[0].variant, "drawn");
  EXPECT_NEAR(sources[0].seeds, 0.02 / std::sqrt(3.0), 0.001);
  EXPECT_LT(sources[0].requests, 0.002);
  EXPECT_GT(sources[0].share_of_seeds(), 0.95);
}

// The standard error that the t interval stands on is that of both together.
TEST(ErrorSources, AddUpToTheErrorOfTheComparison) {
  FakedRun run;
  fill(run, 0.002);
  const auto sources = read(run).error_sources;
  ASSERT_EQ(sources.size(), 1u);
  const double shown =
      faked::number(run.database,
                    "SELECT minimum_detectable_effect FROM comparisons WHERE variant = 'drawn' AND "
                    "metric = 'ndcg'");
  const double error = std::hypot(sources[0].requests, sources[0].seeds);
  EXPECT_GT(shown, 2.8 * error);  // 2.8 standard errors, more with few degrees of freedom
  EXPECT_LT(shown, 5.5 * error);
}

TEST(ErrorSources, TwoSeedsCannotTell) {
  FakedRun run;
  fill(run, 0.02, 2);
  EXPECT_TRUE(read(run).error_sources.empty());
  EXPECT_THAT(run.text({.details = true}), Not(HasSubstr("Standard error")));
}

TEST(ErrorSources, StandInATableAndInJson) {
  FakedRun run;
  fill(run, 0.02);
  EXPECT_THAT(run.text({.details = true}),
              HasSubstr("Standard error of the difference from control, ndcg@10"));
  CompareOptions options;
  options.format = TextFormat::json;
  const auto json = nlohmann::json::parse(run.text(options));
  EXPECT_EQ(json["datasets"][0]["standard_errors"][0]["variant"], "drawn");
}

}  // namespace
}  // namespace assay::report
