#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "conformance/report.h"
#include "conformance/suite.h"
#include "error/error.h"
#include "host/probe.h"
#include "task/check_params.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using Result = conformance::Finding::Result;
using nlohmann::json;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

constexpr char kNone[] = "";

std::string test_plugin(const std::string& name) {
  return std::string(ASSAY_BUILD_DIR) + "/test_plugins/" + name + ".so";
}

task::PluginInfo plugin_of(const std::string& library, const std::string& name) {
  const task::ProbeResult verdict = host::probe_libraries({library}).at(0);
  EXPECT_TRUE(verdict.ok()) << verdict.text();
  for (const task::PluginInfo& plugin : verdict.entries)
    if (plugin.name == name) return plugin;
  ADD_FAILURE() << "no strategy " << name << " in " << library;
  return {};
}

conformance::StrategyReport report(const task::PluginInfo& plugin,
                                   const json& params = json::object(),
                                   std::chrono::milliseconds limit = conformance::kCheckLimit) {
  return conformance::run_suite(plugin, check_params(plugin, params).effective,
                                conformance::TinyData::built_in(), limit);
}

std::vector<std::string> failed(const conformance::StrategyReport& report) {
  std::vector<std::string> names;
  for (const conformance::CheckResult& check : report.checks)
    if (check.finding.result == Result::failed) names.push_back(check.name);
  return names;
}

std::string first_detail(const conformance::StrategyReport& report) {
  for (const conformance::CheckResult& check : report.checks)
    if (check.finding.result == Result::failed) return check.finding.detail;
  return kNone;
}

// Every strategy of the tree, found by its source.

std::vector<std::string> sources() {
  std::vector<std::string> all;
  for (const char* kind : {"recall", "rank", "rerank"})
    for (const fs::directory_entry& entry :
         fs::directory_iterator(std::string(ASSAY_SOURCE_DIR) + "/plugins/" + kind))
      if (entry.is_directory() || entry.path().extension() == ".cpp")
        all.push_back(std::string(kind) + "/" + entry.path().stem().string());
  return all;
}

class EveryPlugin : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryPlugin, HoldsItsContractInUnderThreeSeconds) {
  const std::string library = std::string(ASSAY_BUILD_DIR) + "/plugins/" + GetParam() + ".so";
  const task::ProbeResult verdict = host::probe_libraries({library}).at(0);
  ASSERT_TRUE(verdict.ok()) << verdict.text();
  for (const task::PluginInfo& plugin : verdict.entries) {
    std::map<std::string, PluginKind> inputs;
    for (const ParamSpec& spec : plugin.schema.params)
      if (spec.type == assay::ParamType::file && spec.required)
        GTEST_SKIP() << "cannot be made without a file, " << spec.name;
    for (const ParamSpec& spec : plugin.schema.params)
      if (spec.type == assay::ParamType::input) inputs[spec.name] = spec.input_kind.value();
    const task::ParamCheck settings = check_params(plugin, json::object(), inputs);
    ASSERT_THAT(settings.problems, IsEmpty());
    const conformance::StrategyReport found = conformance::run_suite(plugin, settings.effective);
    EXPECT_THAT(failed(found), IsEmpty()) << report_text(found);
    EXPECT_GE(found.count(Result::held), 28);
    EXPECT_LT(found.seconds, 30) << "3 s on a quiet machine";
  }
}

std::string param_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Contract, EveryPlugin, ::testing::ValuesIn(sources()), param_name);

TEST(Fakes, TheOneThatUsesEverythingHoldsItsContract) {
  for (const char* name : {"fake_everything", "fake_metric"}) {
    const conformance::StrategyReport found =
        report(plugin_of(test_plugin("fake_everything"), name));
    EXPECT_THAT(failed(found), IsEmpty()) << report_text(found);
  }
}

TEST(Fakes, TheChecksOfWhatItUsesApply) {
  const conformance::StrategyReport found =
      report(plugin_of(test_plugin("fake_everything"), "fake_everything"));
  for (const conformance::CheckResult& check : found.checks)
    for (const char* word : {"update", "explanations", "vectors", "action", "checkpoint", "refit"})
      if (check.name.find(word) != std::string::npos) {
        EXPECT_EQ(check.finding.result, Result::held) << check.name;
      }
}

// A new trait gets a check that proves it, or a word here why none can.
TEST(Traits, EachHasACheckThatProvesIt) {
  const std::map<std::string, std::string> believed = {
      {"additive", "explanations are well formed and, where additive, add up"},
      {"updates", "update leaves a strategy that serves and can be saved"},
      {"nondeterministic_on_gpu", ""},  // shows on a GPU alone
      {"cpu_only", ""},                 // the suite runs on the CPU
  };
  std::vector<std::string> names;
  for (const PluginKind kind : {PluginKind::recall, PluginKind::rank, PluginKind::rerank})
    for (const conformance::Check& check : conformance::checks_for(kind))
      names.push_back(check.name);
  for (const task::NamedTrait& trait : task::named_traits()) {
    const auto other = believed.find(trait.name);
    if (other != believed.end() && other->second.empty()) continue;
    EXPECT_THAT(names, ::testing::Contains(other != believed.end() ? other->second
                                                                   : std::string(trait.name) +
                                                                         " is declared correctly"));
  }
}

// Strategies that break one sentence each.

struct Breach {
  std::string strategy;
  std::vector<std::string> checks;  ///< exactly those that fail
  std::string detail;               ///< a part of what the first one says
};

void PrintTo(const Breach& breach, std::ostream* out) { *out << breach.strategy; }

class Breaches : public ::testing::TestWithParam<Breach> {};

TEST_P(Breaches, AreFoundAndNothingElseIs) {
  const conformance::StrategyReport found =
      report(plugin_of(test_plugin("bad_contract"), GetParam().strategy));
  EXPECT_THAT(failed(found), ElementsAreArray(GetParam().checks)) << report_text(found);
  EXPECT_THAT(first_detail(found), HasSubstr(GetParam().detail));
}

const Breach kBreaches[] = {
    {"draws_in_fit_untold",
     {"draws_in_fit is declared correctly"},
     "fit asks ctx.generator(), but draws_in_fit is not set"},
    {"draws_in_fit_untrue",
     {"draws_in_fit is declared correctly"},
     "fit never asks ctx.generator()"},
    {"draws_in_serving_untold",
     {"draws_in_serving is declared correctly"},
     "another seed gives other lists"},
    {"draws_in_serving_untrue",
     {"draws_in_serving is declared correctly"},
     "five seeds give the same lists"},
    {"global_chance_in_fit", {"fit repeats under one seed"}, "; expected item "},
    {"validates_untold",
     {"validates is declared correctly"},
     "fit calls ctx.validate(), but validates is not set"},
    {"validates_untrue", {"validates is declared correctly"}, "fit never calls ctx.validate()"},
    {"needs_time_untold",
     {"needs_time is declared correctly"},
     "on data without times (time_us is -1), request 0 has score inf"},
    {"needs_time_untrue",
     {"needs_time is declared correctly"},
     "with all times made equal the fit is the same"},
    {"probability_untrue",
     {"scores are of the declared kind"},
     "scores = probability promises 0 to 1"},
    {"additive_untrue",
     {"explanations are well formed and, where additive, add up"},
     "but base and weights add up to"},
    {"additive_silent",
     {"explanations are well formed and, where additive, add up"},
     "explain() returns nothing"},
    {"depends_on_the_batch",
     {"a request gets the same list alone and in a batch"},
     "request 0 served alone: has item"},
    {"depends_on_the_order", {"the order of the requests does not matter"}, "; expected item "},
    {"forgets",
     {"a loaded strategy serves the same bits", "a loaded strategy saves the same archive"},
     "request 0 has item"},
    {"saves_another", {"a loaded strategy saves the same archive"}, "tensor \"loads\""},
    {"shares_state", {"instances do not disturb each other"}, "request 0 has item"},
    {"writes_training", {"training data stay as they are"}, "fit wrote to its training data"},
    {"writes_requests",
     {"requests, candidates and features stay as they are"},
     "it wrote to the requests"},
    {"keeps_its_answer", {"answers are fresh tensors"}, "two answers share their memory"},
    {"serves_arbitrary_items",
     {"nothing arbitrary is served where nothing is known"},
     "without a history, was served 33 items that all have the score 0; expected an empty row"},
    {"wrong_vectors",
     {"vectors have their shapes and give the order"},
     "but their dot products are"},
    {"updates_to_nothing",
     {"update leaves a strategy that serves and can be saved"},
     "has score inf"},
    {"updates_untold",
     {"update leaves a strategy that serves and can be saved"},
     "it has an update, but updates is not set"},
    {"updates_untrue",
     {"update leaves a strategy that serves and can be saved"},
     "updates is set, but update threw: this strategy cannot be updated"},
    {"does_not_stop", {"fit returns when asked to stop"}, "fit threw: interrupted"},
    {"does_not_resume",
     {"fit goes on from its checkpoint"},
     "fit threw: the archive has no tensor \"scores\""},
    {"waits_for_a_rise", {"the final refit, where validate() is NaN"}, "has score inf"},
    {"chooses_in_silence",
     {"a final refit takes over what was chosen"},
     "fit calls ctx.validate() but notes nothing as chosen"},
    {"forgets_its_choice",
     {"a final refit takes over what was chosen"},
     "fit noted chosen.rounds = 3, but a final refit, where validate() is NaN, never asks "
     "ctx.chosen(\"rounds\")"},
    {"chooses_anew",
     {"a final refit takes over what was chosen"},
     "which was given it by ctx.chosen(), chosen.rounds = 400; expected the same"},
    {"no_empty_batch", {"a batch without a request"}, "recall threw: nothing to do"},
    {"no_anonymous",
     {"a batch of 65 requests", "allowed sets, some of them empty", "requests without a history",
      "nothing arbitrary is served where nothing is known", "anonymous requests (user -1)"},
     "recall threw: index out of range"},
    {"throws_at_an_end",
     {"the ends of every range, and every choice, make an instance"},
     "with neighbours = 0, the constructor threw: division by zero"},
    {"undocumented",
     {"the strategy and its parameters are documented in sentences"},
     "its doc \"todo\" does not end with a full stop"},
    {"learns_untold", {"learns_from_candidates is declared correctly"}, "fit walks the candidates"},
    {"learns_untrue",
     {"learns_from_candidates is declared correctly"},
     "fit never walks the candidates"},
    {"needs_sources", {"candidates without source scores"}, "rank threw: bad optional access"},
    {"needs_a_candidate", {"one candidate, and none"}, "rank threw: select()"},
    {"hands_back",
     {"answers are fresh tensors"},
     "item is the memory of the candidates it was given"},
    {"memory_understated",
     {"memory tells what a fit takes, within half"},
     "for a fit of 3840 users, 2560 items"},
    {"memory_overstated", {"memory tells what a fit takes, within half"}, "memory declares "},
    {"part_draws",
     {"a declared part repeats, and draws nothing"},
     "fit_part asks ctx.generator() for the part counts"},
    {"part_of_global_chance",
     {"a declared part repeats, and draws nothing"},
     "the part counts, made twice: "},
    {"wrong_chances", {"action probabilities add up to 1"}, "expected 1"},
    {"wrong_propensity", {"propensities are probabilities"}, "expected at most 1"},
};

std::string breach_name(const ::testing::TestParamInfo<Breach>& info) {
  return info.param.strategy;
}

INSTANTIATE_TEST_SUITE_P(Contract, Breaches, ::testing::ValuesIn(kBreaches), breach_name);

TEST(BreachesOfState, AStrategyThatRemembersIsFoundByServingTwice) {
  for (const char* name : {"remembers", "global_chance_in_serving"})
    EXPECT_THAT(failed(report(plugin_of(test_plugin("bad_contract"), name))),
                ::testing::Contains("serving twice gives the same bits"));
}

// Strategies that go wrong outright.

struct Mode {
  std::string strategy;
  std::string mode;
  std::string check;   ///< among those that fail
  std::string detail;  ///< what it says
};

void PrintTo(const Mode& mode, std::ostream* out) { *out << mode.strategy << " " << mode.mode; }

class Modes : public ::testing::TestWithParam<Mode> {};

TEST_P(Modes, AreFound) {
  const conformance::StrategyReport found =
      report(plugin_of(test_plugin("bad_in_run"), GetParam().strategy), {{"mode", GetParam().mode}},
             std::chrono::milliseconds(3000));
  for (const conformance::CheckResult& check : found.checks)
    if (check.name == GetParam().check) {
      EXPECT_EQ(check.finding.result, Result::failed) << report_text(found);
      EXPECT_THAT(check.finding.detail, HasSubstr(GetParam().detail));
      return;
    }
  ADD_FAILURE() << "there is no check called " << GetParam().check;
}

constexpr char kMake[] = "the default parameters make an instance";
constexpr char kFit[] = "fit ends without an error";
constexpr char kServe[] = "ordinary requests are served without an error";
constexpr char kShape[] = "lists have the promised shapes and types";
constexpr char kPadding[] = "requests with fewer candidates than asked for";
constexpr char kReload[] = "a loaded strategy serves the same bits";

const Mode kModes[] = {
    {"bad_recall", "factory_throws", kMake, "the constructor threw: no such file: weights.bin"},
    {"bad_recall", "fit_throws", kFit, "fit threw: index 12 is out of range"},
    {"bad_recall", "fit_invalid_input", kFit, "needs a feature \"price\" of items"},
    {"bad_recall", "fit_crashes", kFit, "it crashed (SIGSEGV)"},
    {"bad_recall", "fit_loops", kFit, "it did not return within 3 s"},
    {"bad_recall", "fit_exits", kFit, "it ended the process (exit status 0)"},
    {"bad_recall", "save_throws", kReload, "save threw: nothing to save"},
    {"bad_recall", "load_throws", kReload, "load threw: the archive is from another version"},
    {"bad_recall", "throws", kServe, "recall threw: index 12 is out of range"},
    {"bad_recall", "throws_int", kServe, "recall threw: something that is no std::exception"},
    {"bad_recall", "torch_error", kServe,
     "recall threw: shape '[3]' is invalid for input of size 2"},
    {"bad_recall", "crashes", kServe, "it crashed (SIGSEGV)"},
    {"bad_recall", "prints", "nothing is written to standard output",
     "beginning with \"epoch 1 of 10\""},
    {"bad_recall", "nan", "scores are finite numbers", "request 0 has score nan at rank 0"},
    {"bad_recall", "infinite", "scores are finite numbers", "request 0 has score inf at rank 0"},
    {"bad_recall", "only_nan", "scores are finite numbers",
     "request 0 has an empty list, because every score that top_k could choose for it is NaN"},
    {"bad_recall", "wrong_shape", kShape,
     "score is float32 [65, 19]; expected float32 [65, 20], as item has it"},
    {"bad_recall", "wrong_type", kShape, "score is float64 [65, 20]; expected float32 [65, 20]"},
    {"bad_recall", "undefined", kShape, "score is undefined"},
    {"bad_recall", "too_many", kShape, "item is int64 [65, 21]; expected int64 [65, at most 20]"},
    {"bad_recall", "outside", "items are of the catalogue",
     "request 0 has item 40 at rank 0; expected 0 to 39"},
    {"bad_recall", "duplicates", "no item twice in a list",
     "at ranks 0 and 1; expected each item once"},
    {"bad_recall", "excluded", "nothing excluded is served", "which is excluded for it"},
    {"bad_recall", "not_allowed", "only allowed items are served",
     "which is not among those allowed for it"},
    {"bad_recall", "hole", kPadding, "has padding (-1) at rank 0 and item"},
    {"bad_recall", "unpadded", kPadding,
     "request 17 had 3 candidates, 20 slots; expected 17 x -1 at the tail, got item 0 17 times"},
    {"bad_recall", "rising", "scores are non-increasing along a list",
     "expected non-increasing scores"},
    {"bad_recall", "bad_propensity", "propensities are probabilities",
     "has propensity 1.5 at rank 0"},
    {"bad_rank", "other_items", "all candidates come back, and no other item",
     "which was not among its"},
    {"bad_rank", "fewer_items", "all candidates come back, and no other item", "lost item"},
    {"bad_rank", "nan", "scores are finite numbers", "has score nan"},
    {"bad_rerank", "other_items", "only candidates are served", "which was not among its"},
    {"bad_rerank", "other_scores", "candidates keep the scores they came with",
     "expected the score it came with"},
    {"bad_rerank", "too_many", kShape, "expected int64 [65, at most 20]"},
    {"bad_rerank", "unpadded", kPadding,
     "request 17 had 3 candidates, 20 slots; expected 17 x -1 at the tail, got item 0 17 times"},
};

std::string mode_name(const ::testing::TestParamInfo<Mode>& info) {
  return info.param.strategy + "_" + info.param.mode;
}

INSTANTIATE_TEST_SUITE_P(Contract, Modes, ::testing::ValuesIn(kModes), mode_name);

TEST(Suite, WhatCannotGoOnIsNotRun) {
  const conformance::StrategyReport found =
      report(plugin_of(test_plugin("bad_in_run"), "bad_recall"), {{"mode", "fit_throws"}});
  EXPECT_THAT(failed(found), ::testing::Contains(kFit));
  EXPECT_EQ(found.count(Result::held), 2);
  EXPECT_GT(found.count(Result::not_run), 30);
  EXPECT_THAT(report_text(found), HasSubstr(" more, which need \"fit ends without an error\"\n"));
}

TEST(Suite, AfterACrashTheOtherChecksAreRun) {
  const conformance::StrategyReport found =
      report(plugin_of(test_plugin("bad_in_run"), "bad_recall"),
             {{"mode", "crashes"}, {"from_request", 64}});
  EXPECT_THAT(
      failed(found),
      ::testing::Contains("a history with an item twice and with items that training never saw"));
  EXPECT_GT(found.count(Result::held), 5);
  EXPECT_EQ(found.count(Result::not_run), 0);
}

// What people see.

class Main : public ::testing::Test {
 protected:
  std::string run(const std::vector<std::string>& args, int expected = 0) {
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(conformance::check_main(args, conformance::SampleData()), expected);
    return ::testing::internal::GetCapturedStdout();
  }
  std::string problem(const std::vector<std::string>& args) {
    try {
      conformance::check_main(args, conformance::SampleData());
    } catch (const error::UserError& error) {
      return error.what();
    }
    return "nothing was thrown";
  }
  const std::string contract_ = test_plugin("bad_contract");
};

TEST_F(Main, PrintsWhoWhatAndWhatFailed) {
  const std::string text = run({contract_, "--strategy", "throws_at_an_end"}, 3);
  EXPECT_THAT(
      text, MatchesRegex(
                "throws_at_an_end 1\\.0 \\(recall\\)   built for this SDK 2\\.0, torch [0-9.]+, "
                "[a-z+]+ [0-9]+\n"
                "  parameters   neighbours   integer 0\\.\\.10, default 5   How many\\.\n"
                "  contract     [0-9]+ of [0-9]+ hold +[0-9.]+ s\n"
                "  FAILED       the ends of every range, and every choice, make an instance: with "
                "neighbours = 0, the constructor threw: division by zero\n"));
}

TEST_F(Main, JsonHasEveryCheck) {
  const json all = json::parse(run({contract_, "--strategy", "hands_back", "--format", "json"}, 3));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].at("plugin").at("name"), "hands_back");
  EXPECT_EQ(all[0].at("failed"), 1);
  EXPECT_EQ(all[0].at("checks").size(), conformance::checks_for(PluginKind::rerank).size());
}

TEST_F(Main, ParametersCanBeSet) {
  const std::string library = test_plugin("fake_everything");
  const std::string text = run(
      {library, "--strategy", "fake_everything", "--param", "steps=1", "--param", "feature=genre"});
  EXPECT_THAT(text, HasSubstr("fake_everything 2.1 (recall)"));
  EXPECT_EQ(problem({library, "--strategy", "fake_everything", "--param", "stepps=1"}),
            "fake_everything: params.stepps is not a parameter of fake_everything; did you mean "
            "\"steps\"? (--param "
            "NAME=VALUE sets one)");
  EXPECT_EQ(
      problem({library, "--param", "steps=1"}),
      library +
          ": contains fake_everything, fake_metric; name the one for --param with --strategy");
}

TEST_F(Main, ARefusedLibraryIsAnErrorOfTheUser) {
  EXPECT_THAT(problem({test_plugin("bad_other_sdk")}),
              HasSubstr("bad_other_sdk.so: is built for plugin SDK 1.0"));
  EXPECT_THAT(problem({test_plugin("bad_static_exit")}),
              HasSubstr("bad_static_exit.so: ends the process"));
}

TEST_F(Main, WrongArgumentsAreSaid) {
  EXPECT_EQ(problem({}), "assay check needs the .so of a plugin");
  EXPECT_EQ(problem({contract_, "--format", "xml"}),
            "--format is xml; it must be text, json or none");
  EXPECT_EQ(problem({contract_, "--strategy"}), "--strategy needs a value");
  EXPECT_EQ(problem({contract_, "--stratgy", "x"}), "assay check has no option --stratgy");
  EXPECT_EQ(problem({contract_, "--param", "x"}), "--param is x; it must be NAME=VALUE");
  EXPECT_EQ(problem({contract_, "--strategy", "hand_back"}),
            contract_ + ": contains no strategy hand_back; did you mean \"hands_back\"?");
}

}  // namespace
}  // namespace assay
