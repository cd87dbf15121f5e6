#include "execution/memory_plan.h"

#include <gmock/gmock.h>

#include "error/error.h"
#include "execution/memory_forecast.h"

namespace assay::execution {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kGiB = int64_t{1} << 30;

task::Task fit_of(const std::string& key) {
  task::Task task;
  task.fit.emplace();
  task.fit->target.artifact.key = key;
  return task;
}

FitMemory declared(int64_t fit, int64_t serve = 0) { return {MemorySource::declared, fit, serve}; }

RunMemory memory_of(int64_t total, int64_t share) {
  RunMemory memory;
  memory.budget = {total, 0, share, "--memory"};
  memory.fits = {{"small", declared(kGiB)}, {"large", declared(6 * kGiB)}};
  return memory;
}

TEST(RunMemory, WhoeverNeedsMoreThanAShareWaitsUntilItFits) {
  const RunMemory memory = memory_of(8 * kGiB, 2 * kGiB);
  EXPECT_TRUE(memory.fits_beside(memory.need(fit_of("small")), 6 * kGiB));
  EXPECT_TRUE(memory.fits_beside(memory.need(fit_of("large")), 2 * kGiB));
  EXPECT_FALSE(memory.fits_beside(memory.need(fit_of("large")), 4 * kGiB));
  EXPECT_TRUE(memory.fits_beside(100 * kGiB, 0)) << "alone, everything may begin";
}

TEST(RunMemory, AWorkerIsAllowedWhatItsTaskHolds) {
  const RunMemory memory = memory_of(8 * kGiB, 2 * kGiB);
  task::Task small = fit_of("small"), large = fit_of("large");
  EXPECT_EQ(memory.grant(small, 0), 2 * kGiB);
  EXPECT_EQ(small.memory_bytes, 2 * kGiB);
  // Half as much again as declared, but no more than is free.
  EXPECT_EQ(memory.grant(large, 2 * kGiB), 6 * kGiB);
  EXPECT_EQ(large.memory_bytes, 6 * kGiB);
  EXPECT_EQ(memory.grant(large, 0), 8 * kGiB);
}

TEST(RunMemory, TheLimitOfAWorkerIsWhatTheFileSays) {
  RunMemory memory = memory_of(8 * kGiB, 2 * kGiB);
  memory.budget.worker = 7 * kGiB;
  task::Task large = fit_of("large");
  EXPECT_EQ(memory.grant(large, 0), 6 * kGiB);
  EXPECT_EQ(large.memory_bytes, 7 * kGiB);
}

TEST(RunMemory, NothingIsLimitedByDefault) {
  const RunMemory memory;
  task::Task task = fit_of("large");
  EXPECT_TRUE(memory.fits_beside(100 * kGiB, 100 * kGiB));
  EXPECT_EQ(memory.grant(task, 5), 0);
  EXPECT_EQ(task.memory_bytes, 0);
}

TEST(Jobs, AreNoMoreThanCanHoldTheirSmallestFits) {
  const std::map<std::string, FitMemory> fits = {
      {"a", declared(3 * kGiB)}, {"b", declared(3 * kGiB)}, {"c", declared(3 * kGiB)}};
  EXPECT_EQ(jobs_within(fits, 8 * kGiB, 16), 2);
  EXPECT_EQ(jobs_within(fits, 2 * kGiB, 16), 1);
  EXPECT_EQ(jobs_within(fits, 80 * kGiB, 16), 16);
  EXPECT_EQ(jobs_within({}, 8 * kGiB, 16), 16);
}

/// A plan with one fit.
Plan plan_of(const std::string& key) {
  Plan plan;
  plan.data.push_back({});
  plan.data[0].spec.name = "beauty";
  PlannedFit fit;
  fit.key = key;
  fit.variants = {"closed_form"};
  fit.task.target.stage.plugin = "ease";
  plan.fits[key] = fit;
  return plan;
}

std::string problem_of(const MemoryBudget& budget) {
  RunMemory memory;
  memory.budget = budget;
  memory.fits = {{"large", declared(6 * kGiB)}};
  try {
    check_memory(plan_of("large"), memory);
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(CheckMemory, WhatCannotFitIsAnErrorThatNamesStageNeedAndLimit) {
  EXPECT_EQ(problem_of({8 * kGiB, 0, 2 * kGiB, "--memory"}), "");
  EXPECT_EQ(problem_of({4 * kGiB, 0, 2 * kGiB, "--memory"}),
            "variants.closed_form.recall[0]: (ease) declares that it needs 6.0 GiB to be fitted on "
            "beauty, but --memory is 4.0 GiB; give more with --memory, or take it out");
  EXPECT_THAT(problem_of({16 * kGiB, 5 * kGiB, 2 * kGiB, "--memory"}),
              HasSubstr("but limits.memory is 5.0 GiB; raise it, or take it out"));
}

TEST(PlanMemory, EarlierPeaksStandForWhatIsNotDeclared) {
  const Plan plan = plan_of("a");
  results::ArtifactRow row;
  row.plugin = "ease";
  row.peak_bytes = 3 * kGiB;
  row.bytes = kGiB;
  const auto fits = plan_memory(plan, {}, {row});
  EXPECT_EQ(fits.at("a").source, MemorySource::measured);
  EXPECT_EQ(fits.at("a").fit, 3 * kGiB);
  EXPECT_THAT(memory_lines(memory_forecast(plan, fits)),
              ElementsAre("not declared: ease (3.0 GiB in an earlier fit)"));
}

TEST(PlanMemory, WhatAFitTookCountsAndNotWhatItsWorkerHeldBefore) {
  results::ArtifactRow row;
  row.plugin = "ease";
  row.peak_bytes = 3 * kGiB;
  row.fit_bytes = 1 << 20;
  EXPECT_EQ(plan_memory(plan_of("a"), {}, {row}).at("a").fit, 1 << 20);
}

TEST(MemoryForecast, NamesTheLargestNeeds) {
  const Plan plan = plan_of("a");
  EXPECT_THAT(memory_lines(memory_forecast(plan, {{"a", declared(3 * kGiB, 40 << 20)}})),
              ElementsAre("3.0 GiB at most (ease on beauty) to fit, 40 MiB at most (ease on "
                          "beauty) to serve"));
  EXPECT_THAT(memory_lines(memory_forecast(plan, {{"a", FitMemory{}}})),
              ElementsAre("not declared: ease"));
}

}  // namespace
}  // namespace assay::execution
