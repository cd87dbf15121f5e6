#include "analysis/analyse.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "stats/multiple.h"
#include "unit/report/faked_quickstart.h"

namespace assay::analysis {
namespace {

using faked::FakedRun;
using faked::fill_quickstart;
using faked::kDistance;
using faked::kNaN;
using faked::kNdcg;
using faked::kRecall;
using faked::lines;
using faked::measured;
using faked::number;
using faked::TrialValues;
using faked::user_error;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kAllSummaries[] =
    "SELECT variant, dataset, fold, stage, metric, cutoff, slice, mean, ci_low, ci_high, "
    "sd_over_seeds, seeds, requests, excluded_requests, status FROM leaderboard ORDER BY 1, 2, 3, "
    "4, 5, 6";
constexpr char kAllComparisons[] =
    "SELECT * FROM comparisons ORDER BY variant, metric, cutoff, quantile";
constexpr char kAllLatencies[] = "SELECT * FROM latency_summary ORDER BY variant, stage, quantile";

TrialValues only(const std::vector<float>& ndcg) {
  TrialValues left;
  left.columns[{"served", kNdcg, 10}] = ndcg;
  return left;
}

/// control and ease with these values of the primary metric.
void two_variants(FakedRun& run, const std::vector<float>& control,
                  const std::vector<float>& ease) {
  run.data("ml100k");
  run.variant("control");
  run.variant("ease");
  run.trial("control", "ml100k", std::nullopt, only(control));
  run.trial("ease", "ml100k", std::nullopt, only(ease));
}

std::vector<float> repeated(const std::vector<float>& pattern, int times) {
  std::vector<float> all;
  for (int i = 0; i < times; ++i) all.insert(all.end(), pattern.begin(), pattern.end());
  return all;
}

TEST(Analyse, AgainGivesTheSameRowsBitForBit) {
  FakedRun run;
  fill_quickstart(run);
  run.finish();
  const auto summaries = lines(run.database, kAllSummaries);
  const auto comparisons = lines(run.database, kAllComparisons);
  const auto latencies = lines(run.database, kAllLatencies);
  EXPECT_THAT(summaries, SizeIs(15));  // 3 variants x (3 served + 1 pool + coverage)
  EXPECT_GT(comparisons.size(), 10U);
  analyse(run.database, run.id(), run.settings);
  EXPECT_EQ(lines(run.database, kAllSummaries), summaries);
  EXPECT_EQ(lines(run.database, kAllComparisons), comparisons);
  EXPECT_EQ(lines(run.database, kAllLatencies), latencies);
}

// {0.1, 0.2, 0.6}: mean 0.3, s = 0.2645751, t(.975, 2) = 4.302653, half-width 0.657237.
TEST(Analyse, TheMeanHasStudentsInterval) {
  FakedRun run;
  two_variants(run, {0.1F, 0.2F, kNaN, 0.6F}, {0.1F, 0.2F, kNaN, 0.6F});
  run.finish();
  const std::string where = " FROM leaderboard WHERE variant = 'control' AND metric = 'ndcg'";
  EXPECT_NEAR(number(run.database, "SELECT mean" + where), 0.3, 1e-7);
  EXPECT_NEAR(number(run.database, "SELECT ci_low" + where), 0.3 - 0.657237, 1e-5);
  EXPECT_NEAR(number(run.database, "SELECT ci_high" + where), 0.3 + 0.657237, 1e-5);
  EXPECT_EQ(number(run.database, "SELECT requests" + where), 4);
  EXPECT_EQ(number(run.database, "SELECT excluded_requests" + where), 1);
}

// Seeds {0.1, 0.3} and {0.3, 0.5}: means 0.2 and 0.4, sd sqrt(0.02); averaged {0.2, 0.4}.
TEST(Analyse, SeedsAreAveragedPerRequestAndTheirSpreadIsKept) {
  FakedRun run;
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", 1, only({0.1F, 0.3F}));
  run.trial("control", "ml100k", 2, only({0.3F, 0.5F}));
  run.finish();
  EXPECT_NEAR(number(run.database, "SELECT mean FROM leaderboard WHERE metric = 'ndcg'"), 0.3,
              1e-7);
  EXPECT_NEAR(number(run.database, "SELECT sd_over_seeds FROM leaderboard WHERE metric = 'ndcg'"),
              std::sqrt(0.02), 1e-7);
  // sd of {0.2, 0.4} is sqrt(0.02); half-width t(.975, 1) = 12.7062 times that / sqrt(2).
  EXPECT_NEAR(number(run.database, "SELECT ci_high FROM leaderboard WHERE metric = 'ndcg'"),
              0.3 + 12.706205 * 0.1, 1e-5);
  EXPECT_EQ(number(run.database, "SELECT seeds FROM leaderboard WHERE metric = 'ndcg'"), 2);
}

TEST(Analyse, WithoutChanceThereAreNoSeedsAndNoSpread) {
  FakedRun run;
  two_variants(run, {0.1F, 0.3F}, {0.2F, 0.3F});
  run.finish();
  EXPECT_THAT(lines(run.database,
                    "SELECT DISTINCT sd_over_seeds, seeds FROM leaderboard WHERE metric = 'ndcg'"),
              ElementsAre("NULL|NULL"));
}

TEST(Analyse, ARequestThatASeedExcludesIsExcluded) {
  FakedRun run;
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", 1, only({0.1F, kNaN, 0.3F}));
  run.trial("control", "ml100k", 2, only({0.3F, 0.5F, 0.5F}));
  run.finish();
  EXPECT_THAT(lines(run.database,
                    "SELECT excluded_requests, round(mean, 6), round(sd_over_seeds, 6) FROM "
                    "leaderboard WHERE metric = 'ndcg'"),
              ElementsAre("1|0.3|0.141421"));
}

TEST(Analyse, OnlyRequestsWithDataOnBothSidesArePaired) {
  FakedRun run;
  std::vector<float> control = repeated({0.2F, 0.4F}, 150);
  std::vector<float> ease = repeated({0.3F, 0.6F}, 150);
  control[0] = control[1] = control[2] = kNaN;
  ease[2] = ease[3] = kNaN;
  two_variants(run, control, ease);
  run.finish();
  EXPECT_EQ(number(run.database, "SELECT n FROM comparisons WHERE metric = 'ndcg'"), 296);
  // 148 differences of 0.1 and 148 of 0.2: requests 0 to 3 are out, two of each.
  EXPECT_NEAR(number(run.database, "SELECT difference FROM comparisons WHERE metric = 'ndcg'"),
              0.15, 1e-7);
  EXPECT_NEAR(number(run.database, "SELECT relative FROM comparisons WHERE metric = 'ndcg'"), 0.5,
              1e-6);
}

TEST(Analyse, NoRequestWithDataGivesNullWithAReason) {
  FakedRun run;
  two_variants(run, std::vector<float>(5, kNaN), std::vector<float>(5, kNaN));
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT mean, requests, excluded_requests FROM leaderboard"),
              ElementsAre("NULL|5|5", "NULL|5|5"));
  EXPECT_THAT(lines(run.database, "SELECT reason FROM summary"),
              ElementsAre("none of the 5 requests has data", "none of the 5 requests has data"));
  EXPECT_THAT(lines(run.database, "SELECT difference, p, n, verdict, reason FROM comparisons"),
              ElementsAre("NULL|NULL|0|too few requests|none of the 5 requests has data"));
}

TEST(Analyse, TheFamiliesAreCorrectedEachByItself) {
  FakedRun run;
  fill_quickstart(run);
  task::GuardrailSpec recall;
  recall.metric = "recall@10";
  recall.max_decrease_relative = 0.05;
  run.settings.compare.guardrails.push_back(recall);
  run.finish();
  using stats::Correction;
  for (const auto& [where, correction, method] :
       {std::tuple("family = 'confirmatory'", "holm", Correction::holm),
        std::tuple("family = 'guardrail' AND metric = 'recall'", "bonferroni",
                   Correction::bonferroni),
        std::tuple("family = 'exploratory'", "benjamini-hochberg",
                   Correction::benjamini_hochberg)}) {
    const auto rows = results::Reader(run.database)
                          .query(fmt::format("SELECT p, p_adjusted, correction FROM comparisons "
                                             "WHERE {}",
                                             where))
                          .rows;
    std::vector<double> p, adjusted;
    for (const auto& row : rows) {
      p.push_back(std::get<double>(row[0]));
      adjusted.push_back(std::get<double>(row[1]));
      EXPECT_EQ(std::get<std::string>(row[2]), correction);
    }
    EXPECT_EQ(adjusted, stats::adjust(p, method)) << where;
  }
  // Two variants, each with the primary metric and two guardrails.
  EXPECT_EQ(number(run.database, "SELECT count(*) FROM comparisons WHERE family = 'confirmatory'"),
            2);
  EXPECT_EQ(number(run.database, "SELECT count(*) FROM comparisons WHERE family = 'guardrail'"), 4);
  // Each: the distance, p50 and p95; recall has become a guardrail.
  EXPECT_EQ(number(run.database, "SELECT count(*) FROM comparisons WHERE family = 'exploratory'"),
            6);
  EXPECT_THAT(
      lines(run.database, "SELECT DISTINCT verdict FROM comparisons WHERE family = 'exploratory'"),
      ElementsAre("exploratory"));
}

TEST(Analyse, ThePrimaryMetricIsBootstrappedAndTheRestIsTestedByT) {
  FakedRun run;
  run.data("ml100k");
  run.variant("control");
  run.variant("ease");
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 1));
  run.trial("ease", "ml100k", std::nullopt, measured(300, 0.01, 0.0, 2));
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT metric, method FROM comparisons ORDER BY metric"),
              ElementsAre("intra_list_distance|paired t",
                          "ndcg|paired bootstrap, percentile, 10000 resamples", "recall|paired t"));
}

TEST(Analyse, ManyRequestsAreTestedByTheStudentisedNormal) {
  FakedRun run;
  two_variants(run, faked::values(20'001, 0.0, 1), faked::values(20'001, 0.01, 2));
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT method, verdict FROM comparisons"),
              ElementsAre("paired, studentised normal|better"));
}

TEST(Analyse, SixtyRequestsGetNoVerdict) {
  FakedRun run;
  two_variants(run, faked::values(60, 0.0, 1), faked::values(60, 0.3, 2));
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT verdict, reason FROM comparisons"),
              ElementsAre("too few requests|60 requests; a verdict needs at least 200"));
}

TEST(Analyse, ChanceAloneIsSeldomCalledADifference) {
  int called = 0;
  FakedRun run;
  run.settings.compare.resamples = 1000;
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", std::nullopt, only(faked::values(300, 0.0, 1)));
  for (uint64_t v = 0; v < 20; ++v) {
    const std::string name = fmt::format("chance{}", v);
    run.variant(name);
    run.trial(name, "ml100k", std::nullopt, only(faked::values(300, 0.0, 50 + v, 0.5)));
  }
  run.finish();
  for (const std::string& verdict : lines(run.database, "SELECT verdict FROM comparisons")) {
    called += verdict == "better" || verdict == "worse";
  }
  EXPECT_EQ(called, 0);
}

TEST(Analyse, AVariantThatLacksATrialGetsNoNumber) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "tower"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 1));
  run.trial("tower", "ml100k", 1, measured(300, 0.5, 0.0, 2));
  run.fail("tower", "ml100k", 2, "crashed (SIGSEGV)");
  run.finish(results::RunStatus::failed);
  EXPECT_THAT(
      lines(run.database, "SELECT metric, mean, status FROM leaderboard WHERE variant = 'tower'"),
      ::testing::UnorderedElementsAre("ndcg|NULL|partial", "item_coverage|NULL|partial"));
  EXPECT_THAT(lines(run.database, "SELECT DISTINCT reason FROM summary WHERE mean IS NULL"),
              ElementsAre("not all of its trials are done"));
  EXPECT_THAT(lines(run.database, "SELECT * FROM comparisons"), IsEmpty());
  EXPECT_THAT(lines(run.database, "SELECT variant, seed, reason FROM failures"),
              ElementsAre("tower|2|crashed (SIGSEGV)"));
}

TEST(Analyse, AVariantThatIsCompletedLaterGetsItsNumbers) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "tower"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 1));
  run.plan("tower", "ml100k");
  run.finish(results::RunStatus::interrupted);
  EXPECT_THAT(lines(run.database, "SELECT mean FROM leaderboard WHERE variant = 'tower'"),
              ElementsAre("NULL"));
  run.merge_values(run.key("tower", "ml100k", std::nullopt), measured(300, 0.5, 0.0, 2));
  run.finish();
  EXPECT_GT(number(run.database,
                   "SELECT mean FROM leaderboard WHERE variant = 'tower' AND metric = 'ndcg'"),
            0.8);
  EXPECT_THAT(lines(run.database, "SELECT reason FROM summary WHERE reason IS NOT NULL"),
              IsEmpty());
}

TEST(Analyse, DifferentRequestsAreNotPaired) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, only(faked::values(300, 0.0, 1)), "requests-a");
  run.trial("ease", "ml100k", std::nullopt, only(faked::values(300, 0.0, 2)), "requests-b");
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT difference, p, verdict, reason FROM comparisons"),
              ElementsAre("NULL|NULL|too few requests|the two were not given the same requests"));
}

TEST(Analyse, ColumnsThatAnotherRunAskedForAreLeftAlone) {
  FakedRun run;
  run.settings.metrics.served = {{kNdcg, 10}};
  run.settings.metrics.pool = {{kRecall, 100}};
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", std::nullopt, measured(300, 0.0, 0.0, 1));
  run.finish();
  EXPECT_THAT(lines(run.database,
                    "SELECT stage, metric FROM leaderboard WHERE metric <> 'item_coverage' "
                    "ORDER BY stage"),
              ElementsAre("recall|recall", "served|ndcg"));
}

TEST(Analyse, ABaselineThatIsNotThereIsNamed) {
  FakedRun run;
  run.variant("control");
  run.settings.compare.baseline = "contrl";
  EXPECT_EQ(user_error([&] { run.finish(); }),
            "the baseline contrl is no variant of run 1; did you mean \"control\"?");
}

TEST(Analyse, FoldsArePooledAndVerdictsAreAboutAllOfThem) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease"}) run.variant(name);
  const auto fold = [&](const std::string& variant, const std::string& name,
                        const std::vector<float>& ndcg) {
    const std::string trial = variant + "-" + name;
    run.database.write(results::RunTrialRow{.run_id = run.id(),
                                            .variant = variant,
                                            .dataset = "ml100k",
                                            .fold = name,
                                            .trial_key = trial,
                                            .spec = "{}",
                                            .request_set = "requests-" + name});
    run.merge_values(trial, only(ndcg));
  };
  fold("control", "0", faked::values(150, 0.0, 1));
  fold("control", "1", faked::values(250, 0.0, 2));
  fold("ease", "0", faked::values(150, 0.02, 3));
  fold("ease", "1", faked::values(250, 0.02, 4));
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT fold, n, family, verdict FROM comparisons ORDER BY fold"),
              ElementsAre("0|150|exploratory|exploratory", "1|250|exploratory|exploratory",
                          "all|400|confirmatory|better"));
  EXPECT_THAT(lines(run.database,
                    "SELECT fold, requests FROM leaderboard WHERE variant = 'ease' ORDER BY fold"),
              ElementsAre("0|150", "1|250", "all|400"));
}

TEST(Analyse, UsersThatAskSeveralTimesCountOnce) {
  const int users = 300;
  std::vector<int32_t> who;
  std::vector<float> control, ease;
  const std::vector<float> one = faked::values(users, 0.0, 1),
                           other = faked::values(users, 0.01, 2);
  for (int u = 0; u < users; ++u) {
    for (int copy = 0; copy < 2; ++copy) {
      who.push_back(u);
      control.push_back(one[static_cast<size_t>(u)]);
      ease.push_back(other[static_cast<size_t>(u)]);
    }
  }
  FakedRun run;
  two_variants(run, control, ease);
  const std::vector<std::string> ids(who.size(), "someone");
  const std::vector<int64_t> times(who.size(), 0), offsets(who.size() + 1, 0);
  run.database.write(results::RequestSetRow{.request_set = "requests-ml100k",
                                            .prepared_hash = "h",
                                            .fold = "all",
                                            .window = "test",
                                            .user_ids = ids,
                                            .users = who,
                                            .times = times,
                                            .truth_offsets = offsets});
  run.finish();
  FakedRun once;
  two_variants(once, one, other);
  once.finish();
  EXPECT_EQ(number(run.database, "SELECT n FROM comparisons"), users);
  for (const char* column : {"mean", "ci_low", "ci_high"}) {
    const std::string sql =
        fmt::format("SELECT {} FROM leaderboard WHERE variant = 'ease'", column);
    EXPECT_NEAR(number(run.database, sql), number(once.database, sql), 1e-9) << column;
  }
  const std::string mde = "SELECT minimum_detectable_effect FROM comparisons";
  EXPECT_NEAR(number(run.database, mde), number(once.database, mde), 1e-9);
}

TEST(Analyse, AUserOfTwoFoldsCountsOnceWhateverItsNumberThere) {
  FakedRun run;
  run.data("ml100k");
  run.variant("control");
  run.variant("ease");
  for (const std::string fold : {"1", "2"}) {
    for (const std::string variant : {"control", "ease"}) {
      const std::string trial = variant + "-" + fold;
      run.database.write(results::RunTrialRow{.run_id = run.id(),
                                              .variant = variant,
                                              .dataset = "ml100k",
                                              .fold = fold,
                                              .trial_key = trial,
                                              .spec = "{}",
                                              .request_set = "requests-" + fold});
      run.merge_values(trial, only(faked::values(200, variant == "ease" ? 0.02 : 0.0,
                                                 variant == "ease" ? 3 : 1)));
    }
    // Users 0 to 199 of the first fold; in the second they are numbered from the other end.
    std::vector<std::string> ids;
    std::vector<int32_t> users;
    for (int u = 0; u < 200; ++u) {
      ids.push_back(std::to_string(fold == "1" ? u : 299 - u));
      users.push_back(u);
    }
    const std::vector<int64_t> times(200, 0), offsets(201, 0);
    run.database.write(results::RequestSetRow{.request_set = "requests-" + fold,
                                              .prepared_hash = "h" + fold,
                                              .fold = fold,
                                              .window = "test",
                                              .user_ids = ids,
                                              .users = users,
                                              .times = times,
                                              .truth_offsets = offsets});
  }
  run.finish();
  EXPECT_THAT(lines(run.database, "SELECT fold, n FROM comparisons ORDER BY fold"),
              ElementsAre("1|200", "2|200", "all|300"))
      << "users 100 to 199 are in both";
}

TEST(Analyse, ManyVariantsGetResamplesEnoughToSurviveTheCorrection) {
  FakedRun run;
  run.settings.compare.resamples = 1000;
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", std::nullopt, only(faked::values(200, 0.0, 1)));
  for (uint64_t v = 0; v < 30; ++v) {
    const std::string name = fmt::format("grid[x={}]", v);
    run.variant(name);
    run.trial(name, "ml100k", std::nullopt, only(faked::values(200, 0.05, 2 + v)));
  }
  run.finish();
  // 30 tests with 1000 resamples: the smallest adjusted p would be 30 * 2/1001 = 0.06.
  EXPECT_THAT(lines(run.database, "SELECT DISTINCT verdict, method FROM comparisons"),
              ElementsAre("better|paired bootstrap, percentile, 2400 resamples"));
}

}  // namespace
}  // namespace assay::analysis
