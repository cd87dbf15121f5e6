#include "analysis/gate.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "error/error.h"
#include "faked_quickstart.h"
#include "report/gate_text.h"

namespace assay::analysis {
namespace {

using faked::FakedRun;
using faked::measured;
using testing::HasSubstr;

class Gate : public testing::Test {
 protected:
  Gate() { run.data("ml100k"); }

  void variant(const std::string& name, double effect, int n = 943) {
    if (known_.insert(name).second) run.variant(name);
    run.trial(name, "ml100k", std::nullopt, measured(n, effect, 0.0, 10 + known_.size()));
  }
  GateDecision judged(const std::string& candidate = "ease") {
    if (!finished_) run.finish();
    finished_ = true;
    const results::Reader reader(run.database);
    return judge_gate(reader, reader.runs().front(), "x.sqlite", candidate, rules);
  }
  std::string problem(const std::string& candidate = "ease") {
    try {
      judged(candidate);
    } catch (const error::UserError& error) {
      return error.what();
    }
    return "";
  }
  void ask(const std::string& metric, std::optional<double> relative = std::nullopt) {
    rules.metrics.push_back({metric, std::nullopt, relative});
  }

  FakedRun run;
  task::GateSpec rules;

 private:
  std::set<std::string> known_;
  bool finished_ = false;
};

TEST_F(Gate, WhatIsBetterIsPromoted) {
  variant("control", 0.0);
  variant("ease", 0.02);
  const GateDecision decision = judged();
  EXPECT_EQ(decision.verdict, GateVerdict::promoted);
  EXPECT_THAT(report::gate_sentence(decision),
              testing::MatchesRegex("ease is promoted over control: ndcg@10 \\+0\\.0.*\\."));
}

TEST_F(Gate, WithoutASelfCheckOfTheHarnessNothingIsDecidedNotEvenALoss) {
  variant("control", 0.0);
  variant("ease", -0.03);
  run.self_checks = false;
  const GateDecision decision = judged();
  EXPECT_EQ(decision.verdict, GateVerdict::undecided);
  EXPECT_THAT(report::gate_sentence(decision),
              HasSubstr("the harness has not checked itself on ndcg@10; assay rescore x.sqlite#1 "
                        "--self-check does it"));
}

TEST_F(Gate, AFailedSelfCheckOfTheMetricLeavesItUndecided) {
  variant("control", 0.0);
  variant("ease", 0.02);
  run.self_checks = false;
  run.self_checked({{.prepared_hash = "7f3c0123456789",
                     .definition = faked::kNdcg,
                     .cutoff = 10,
                     .check = "chance",
                     .result = results::SelfCheckRow::Result::fails,
                     .requests = 512,
                     .detail = "its mean is 0.5"},
                    {.prepared_hash = "7f3c0123456789",
                     .definition = faked::kNdcg,
                     .cutoff = 10,
                     .check = "ideal"}});
  const GateDecision decision = judged();
  EXPECT_EQ(decision.verdict, GateVerdict::undecided);
  EXPECT_THAT(report::gate_sentence(decision),
              HasSubstr("the harness failed its self-check on ndcg@10 (chance): its mean is 0.5"));
}

TEST_F(Gate, AFailedSelfCheckOfAnotherMetricIsNotAsked) {
  variant("control", 0.0);
  variant("ease", 0.02);
  run.self_checked({{.prepared_hash = "7f3c0123456789",
                     .definition = "mrr",
                     .cutoff = 10,
                     .check = "ideal",
                     .result = results::SelfCheckRow::Result::fails}});
  EXPECT_EQ(judged().verdict, GateVerdict::promoted);
}

TEST_F(Gate, WithinTheMarginOfTheComparisonIsPromoted) {
  variant("control", 0.0);
  variant("ease", 0.0);
  EXPECT_EQ(judged().verdict, GateVerdict::promoted);  // the margin is 0.002
}

TEST_F(Gate, WithoutAToleratedLossTheSameIsUndecidedAndNotCalledSafe) {
  variant("control", 0.0);
  variant("ease", 0.0);
  ask("ndcg@10");
  const GateDecision decision = judged();
  EXPECT_EQ(decision.verdict, GateVerdict::undecided);
  EXPECT_THAT(report::gate_sentence(decision), HasSubstr("undecided, not shown to be safe"));
}

TEST_F(Gate, WhatLosesMoreThanIsToleratedIsRejected) {
  variant("control", 0.0);
  variant("ease", -0.03);
  EXPECT_EQ(judged().verdict, GateVerdict::rejected);
  ask("ndcg@10", 0.5);
  EXPECT_EQ(judged().verdict, GateVerdict::promoted);
}

TEST_F(Gate, MoreThanIsPlausibleIsSuspicious) {
  variant("control", 0.0);
  variant("ease", 0.3);
  EXPECT_EQ(judged().verdict, GateVerdict::promoted);
  rules.largest_gain_relative = 0.5;
  const GateDecision decision = judged();
  EXPECT_EQ(decision.verdict, GateVerdict::suspicious);
  EXPECT_THAT(report::gate_sentence(decision), HasSubstr("look for a broken baseline or a leak"));
}

TEST_F(Gate, FewRequestsAreNeverJudged) {
  variant("control", 0.0, 150);
  variant("ease", 0.1, 150);
  EXPECT_EQ(judged().verdict, GateVerdict::undecided);
}

TEST_F(Gate, TheFileMayAskForMoreRequests) {
  variant("control", 0.0);
  variant("ease", 0.02);
  rules.min_requests = 1000;
  const GateDecision decision = judged();
  EXPECT_EQ(decision.verdict, GateVerdict::undecided);
  EXPECT_THAT(decision.checks[0].reason,
              HasSubstr("943 requests, of which at least 1,000 are asked for"));
}

TEST_F(Gate, UsersThatAskSeveralTimesAreCountedAsUsers) {
  variant("control", 0.0, 300);
  variant("ease", 0.02, 300);
  std::vector<int32_t> who;
  for (int request = 0; request < 300; ++request) who.push_back(request / 2);
  const std::vector<std::string> ids(300, "someone");
  const std::vector<int64_t> times(300, 0), offsets(301, 0);
  run.database.write(results::RequestSetRow{.request_set = "requests-ml100k",
                                            .prepared_hash = "h",
                                            .fold = "all",
                                            .window = "test",
                                            .user_ids = ids,
                                            .users = who,
                                            .times = times,
                                            .truth_offsets = offsets});
  EXPECT_THAT(judged().checks[0].reason,
              HasSubstr("150 users, of which at least 200 are asked for"));
}

TEST_F(Gate, ABrokenGuardrailRejectsWhatIsBetter) {
  run.settings.compare.guardrails = {faked::p99_guardrail()};
  variant("control", 0.0);
  variant("ease", 0.02);
  time_variant(run, "control", std::nullopt, 1.9, 100, true);
  time_variant(run, "ease", std::nullopt, 2.9, 300);
  const GateDecision decision = judged();
  EXPECT_EQ(decision.verdict, GateVerdict::rejected);
  EXPECT_THAT(report::gate_sentence(decision), HasSubstr("latency_ms p99 (single_stream)"));
}

TEST_F(Gate, AGuardrailThatWasNotMeasuredIsUndecided) {
  run.settings.compare.guardrails = {faked::p99_guardrail()};
  variant("control", 0.0);
  variant("ease", 0.02);
  EXPECT_EQ(judged().verdict, GateVerdict::undecided);
}

TEST_F(Gate, JsonHasEveryCheck) {
  variant("control", 0.0);
  variant("ease", 0.02);
  const auto json = nlohmann::json::parse(report::gate_json(judged(), 1, 0));
  EXPECT_EQ(json["verdict"], "promoted");
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["checks"][0]["metric"], "ndcg@10");
  EXPECT_GT(json["checks"][0]["ci_low"], 0);
}

TEST_F(Gate, WhatCannotBeJudgedIsAnError) {
  variant("control", 0.0);
  variant("ease", 0.02);
  EXPECT_THAT(problem("eaze"), HasSubstr("eaze is no variant of run 1; did you mean \"ease\"?"));
  EXPECT_THAT(problem("control"), HasSubstr("control is the baseline of run 1"));
  ask("ndcg@7");
  EXPECT_THAT(problem(), HasSubstr("ndcg@7 was not measured on ml100k"));
}

TEST_F(Gate, AFailedCandidateOrBaselineIsAnError) {
  variant("control", 0.0);
  run.variant("ease");
  run.fail("ease", "ml100k", std::nullopt, "signal 11 in recall");
  EXPECT_THAT(problem(),
              HasSubstr("the candidate ease has no result on ml100k, so that nothing can "
                        "be judged"));
}

TEST_F(Gate, AFailedBaselineIsAnError) {
  run.variant("control");
  run.fail("control", "ml100k", std::nullopt, "signal 11 in recall");
  variant("ease", 0.02);
  EXPECT_THAT(problem(), HasSubstr("the baseline control has no result on ml100k"));
}

}  // namespace
}  // namespace assay::analysis
