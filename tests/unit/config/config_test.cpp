#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "config/gate.h"
#include "config/source.h"
#include "hash/hash.h"
#include "load.h"

namespace assay::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> variant_names(const task::Experiment& experiment) {
  std::vector<std::string> names;
  for (const task::VariantSpec& variant : experiment.variants) names.push_back(variant.name);
  return names;
}

TEST(LoadExperiment, TakesNameFromTheFileWhereItHasNone) {
  const Folder folder;
  const std::string file = folder.write(
      "autumn.yaml", "data: {source: gowalla}\nvariants: {a: {recall: [{plugin: random}]}}\n");
  EXPECT_EQ(load_experiment(file, fake_options()).name, "autumn");
}

TEST(LoadExperiment, TakesTheFirstVariantAsBaseline) {
  const task::Experiment experiment = load_text(minimal("  other: {recall: [{plugin: random}]}\n"));
  EXPECT_EQ(experiment.compare.baseline, "control");
}

TEST(LoadExperiment, CopiesLibraryAndTraitsFromTheCatalogue) {
  const task::Experiment experiment = load_text(
      "data: {source: gowalla}\n"
      "variants: {a: {recall: [{plugin: item_knn}], rank: [{plugin: logistic_regression}], rerank: "
      "[{plugin: shuffle}]}}\n");
  const task::Chain& chain = experiment.variants[0].chain;
  const task::PluginInfo& declared = *fake_catalog().find("item_knn", PluginKind::recall);
  EXPECT_EQ(chain.recall[0].library, declared.library);
  EXPECT_EQ(chain.recall[0].library_sha256, declared.library_sha256);
  EXPECT_EQ(chain.recall[0].version, "1.0");
  EXPECT_TRUE(chain.rank[0].traits.learns_from_candidates);
  EXPECT_TRUE(chain.rerank[0].traits.draws_in_serving);
  EXPECT_FALSE(chain.recall[0].traits.draws_in_serving);
  EXPECT_EQ(chain.rank[0].place(), "rank[0]");
}

TEST(LoadExperiment, FillsInEveryParameter) {
  const task::Experiment experiment = load_text(
      "data: {source: gowalla}\nvariants: {a: {recall: [{plugin: item_knn, params: {shrinkage: "
      "10}}]}}\n");
  const nlohmann::json expected = {
      {"neighbours", 100}, {"shrinkage", 10.0}, {"per", "target"}, {"self", false}};
  EXPECT_EQ(experiment.variants[0].chain.recall[0].params, expected);
}

TEST(LoadExperiment, SaysWhereAStageStands) {
  const Folder folder;
  const std::string file = folder.write("x.yaml", minimal());
  const task::Experiment experiment = load_experiment(file, fake_options());
  EXPECT_EQ(experiment.variants[0].chain.recall[0].where, file + ":5:23");
  EXPECT_EQ(experiment.variants[0].where, file + ":4:3");
}

TEST(LoadExperiment, HashesFilesThatParametersName) {
  const Folder folder;
  folder.write("w.bin", "weights");
  std::filesystem::create_directories(folder.path() / "sub");
  folder.write("sub/base.yaml",
               "variants: {a: {recall: [{plugin: warm, params: {weights: ../w.bin}}]}}\n");
  const std::string file =
      folder.write("x.yaml", "include: sub/base.yaml\ndata: {source: gowalla}\n");
  const task::StageSpec stage = load_experiment(file, fake_options()).variants[0].chain.recall[0];
  EXPECT_EQ(stage.file_sha256.at("weights"), hash::sha256_hex("weights"));
  EXPECT_EQ(stage.params.at("weights"), (folder.path() / "w.bin").string())
      << "relative to the file that names it";
}

TEST(LoadExperiment, AsksForTheCatalogueOnceWithTheLibrariesOfTheFile) {
  std::vector<std::vector<std::string>> calls;
  LoadOptions options = fake_options();
  options.catalog = [&](const std::vector<std::string>& libraries) {
    calls.push_back(libraries);
    return fake_catalog();
  };
  const Folder folder;
  load_experiment(folder.write("x.yaml", minimal("plugins: [mine/a.so, /opt/b.so]\n")), options);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_THAT(calls[0], ElementsAre((folder.path() / "mine/a.so").string(), "/opt/b.so"));
}

TEST(LoadExperiment, OneMissingLibraryIsOneError) {
  LoadOptions options = fake_options();
  options.catalog = [](const std::vector<std::string>& libraries) {
    return task::PluginCatalog(fake_catalog().plugins(),
                               {{libraries.at(0), "there is no such file", true}});
  };
  const Folder folder;
  const std::string file = folder.write(
      "x.yaml", minimal("  mine:\n"
                        "    recall: [{plugin: my_idea}]\n"
                        "plugins: [mine/a.so]\n"
                        "metrics: {names: [beyond_charts], primary: ndcg@10, cutoffs: [10]}\n"));
  try {
    load_experiment(file, options);
    FAIL();
  } catch (const error::UserError& error) {
    ASSERT_EQ(error.problems().size(), 1u) << error.what();
    EXPECT_EQ(error.problems()[0].what, "plugins[0] is mine/a.so, but there is no such file");
  }
}

TEST(LoadExperiment, ShowsARefusedLibraryWhereTheFileNamesIt) {
  LoadOptions options = fake_options();
  options.catalog = [](const std::vector<std::string>& libraries) -> task::PluginCatalog {
    throw error::UserError({error::Problem{libraries[1], "is a text file", ""}});
  };
  const Folder folder;
  const std::string file = folder.write("x.yaml", minimal("plugins: [a.so, b.so]\n"));
  try {
    load_experiment(file, options);
    FAIL();
  } catch (const error::UserError& error) {
    ASSERT_FALSE(error.problems().empty());
    const error::Problem& last = error.problems().back();
    EXPECT_EQ(last.where, file + ":6:17");
    EXPECT_EQ(last.what, "plugins[1] is b.so, which is a text file");
  }
}

TEST(LoadExperiment, ResolvesDeviceAutoByTheMachine) {
  LoadOptions options = fake_options();
  options.auto_device = task::Device::cuda;
  EXPECT_EQ(load_text(minimal(), options).numeric.device, task::Device::cuda);
  EXPECT_EQ(load_text(minimal("device: auto\n"), options).numeric.device, task::Device::cuda);
  EXPECT_EQ(load_text(minimal("device: cpu\n"), options).numeric.device, task::Device::cpu);
}

TEST(LoadExperiment, GivesGridMembersInOrderWithTheLastGridVaryingFastest) {
  const task::Experiment experiment = load_text(
      "data: {source: gowalla}\n"
      "variants: {a: {recall: [{plugin: item_knn, k: {grid: [50, 60]}, params: {shrinkage: {grid: "
      "[0, 0.5]}}}]}}\n");
  EXPECT_THAT(variant_names(experiment),
              ElementsAre("a[k=50,shrinkage=0]", "a[k=50,shrinkage=0.5]", "a[k=60,shrinkage=0]",
                          "a[k=60,shrinkage=0.5]"));
  EXPECT_EQ(experiment.variants[3].chain.recall[0].k, 60);
  EXPECT_EQ(experiment.variants[3].chain.recall[0].params.at("shrinkage"), 0.5);
}

TEST(LoadExperiment, WantsYesForManyVariants) {
  std::string grid;
  for (int i = 0; i < 201; ++i) grid += (i > 0 ? ", " : "") + std::to_string(20 + i);
  const std::string text =
      "data: {source: gowalla}\nvariants: {a: {recall: [{plugin: random, k: {grid: [" + grid +
      "]}}]}}\n";
  EXPECT_THAT(problems_of(text), HasSubstr("more than 200 need --yes"));
  LoadOptions options = fake_options();
  options.yes = true;
  EXPECT_EQ(load_text(text, options).variants.size(), 201u);
}

TEST(LoadExperiment, RefusesAGridBeyondEveryLimitAtOnce) {
  std::string values = "1";
  for (int i = 2; i <= 100; ++i) values += ", " + std::to_string(i);
  std::string stages;
  for (int i = 0; i < 9; ++i)
    stages += "{plugin: item_knn, params: {neighbours: {grid: [" + values + "]}}}, ";
  LoadOptions options = fake_options();
  options.yes = true;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(
      problems_of("data: {source: gowalla}\nvariants: {a: {recall: [" + stages + "]}}\n", options),
      HasSubstr("above 10000, the most there can be"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(LoadExperiment, LinksInputsWithWhatComesBeforeThem) {
  const task::Experiment experiment = load_text(
      "data: {source: gowalla}\n"
      "variants:\n"
      "  base: {recall: [{plugin: popularity}, {plugin: random}], rank: [{plugin: linear}, "
      "{plugin: linear, params: {weight: 1}}]}\n"
      "  a: {recall: [{plugin: student, inputs: {teacher: base.recall.1, judge: base.rank.1}}]}\n");
  const std::vector<task::InputSpec>& inputs = experiment.variants[1].chain.recall[0].inputs;
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0].name, "teacher");
  EXPECT_EQ(inputs[0].stage.plugin, "random");
  EXPECT_EQ(inputs[0].upstream, nullptr) << "nothing comes before recall";
  EXPECT_EQ(inputs[1].stage.params.at("weight"), 1.0);
  ASSERT_NE(inputs[1].upstream, nullptr);
  EXPECT_EQ(inputs[1].upstream->recall.size(), 2u);
  EXPECT_EQ(inputs[1].upstream->rank.size(), 1u) << "the stage itself is not before itself";
}

TEST(LoadExperiment, PutsAStageInPlaceWhereItsUserStands) {
  const task::Experiment experiment = load_text(
      "data: {source: gowalla}\n"
      "variants:\n"
      "  a:\n"
      "    recall: [{plugin: popularity}, {plugin: student, inputs: {teacher: {plugin: student, "
      "inputs: {teacher: recall.0}}}}]\n"
      "    rerank: [{plugin: mmr, inputs: {vectors: {plugin: item_knn, params: {neighbours: "
      "7}}}}]\n");
  const task::StageSpec& student = experiment.variants[0].chain.recall[1];
  EXPECT_EQ(student.inputs[0].stage.plugin, "student");
  EXPECT_EQ(student.inputs[0].stage.inputs[0].stage.plugin, "popularity");
  const task::StageSpec& vectors = experiment.variants[0].chain.rerank[0].inputs[0].stage;
  EXPECT_EQ(vectors.params.at("neighbours"), 7);
  EXPECT_EQ(vectors.k, 0) << "fitted, not served";
}

TEST(LoadExperiment, StopsWhenReferencesBranchWithoutEnd) {
  std::string text =
      "data: {source: gowalla}\nvariants:\n  v0: {recall: [{plugin: popularity}], rank: [{plugin: "
      "linear}]}\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "v" + std::to_string(i - 1);
    text += "  v" + std::to_string(i) +
            ": {recall: [{plugin: student, inputs: {teacher: " + before +
            ".recall.0, judge: " + before + ".rank.0}}], rank: [{plugin: linear}]}\n";
  }
  EXPECT_THAT(problems_of(text), HasSubstr("leads through too many stages"));
}

TEST(LoadExperiment, GivesSizesTheirDefaults) {
  const task::Experiment experiment = load_text(
      "data: {source: gowalla}\nserve: {size: 12}\n"
      "variants:\n"
      "  alone: {recall: [{plugin: popularity}]}\n"
      "  followed: {recall: [{plugin: popularity}], rank: [{plugin: linear}], rerank: [{plugin: "
      "mmr}, {plugin: shuffle}]}\n"
      "  cut: {recall: [{plugin: popularity, k: 80}], rank: [{plugin: linear, keep: 40}, {plugin: "
      "linear}]}\n");
  EXPECT_EQ(experiment.variants[0].chain.recall[0].k, 12);
  EXPECT_EQ(experiment.variants[1].chain.recall[0].k, 200);
  EXPECT_EQ(experiment.variants[1].chain.rank[0].k, 200);
  EXPECT_EQ(experiment.variants[1].chain.rerank[1].k, 12);
  EXPECT_EQ(experiment.variants[2].chain.rank[1].k, 40);
}

TEST(LoadExperiment, GivesEachSplitItsOwnDefaults) {
  const auto split = [](const std::string& method) {
    return load_text("data: {source: gowalla, split: {method: " + method +
                     "}}\nvariants: {a: {recall: [{plugin: random}]}}\n")
        .datasets[0]
        .split;
  };
  EXPECT_EQ(split("global_time").rank, 0.05);
  EXPECT_EQ(split("global_time").test, 0.1);
  EXPECT_EQ(split("leave_last_out").test, 1);
  EXPECT_EQ(split("leave_last_out").rank, 0);
  EXPECT_EQ(split("row_hash").validation, 0);
  EXPECT_EQ(split("given").rank, 0);
}

TEST(LoadExperiment, ReadsLimitsWithUnits) {
  const task::LimitsSpec limits =
      load_text(minimal("limits: {fit: 2h, batch: 1.5 min, memory: 512MiB}\n")).limits;
  EXPECT_EQ(limits.fit_s, 7200);
  EXPECT_EQ(limits.batch_s, 90);
  EXPECT_EQ(limits.memory_gib, 0.5);
  EXPECT_EQ(load_text(minimal("limits: {fit: 30, memory: 4}\n")).limits.memory_gib, 4);
  EXPECT_EQ(limits.cache_gib, 0) << "as the environment says";
  EXPECT_EQ(load_text(minimal("limits: {cache: 20GiB}\n")).limits.cache_gib, 20);
  EXPECT_EQ(load_text(minimal("limits: {cache: 1.5 TiB}\n")).limits.cache_gib, 1536);
}

TEST(LoadExperiment, TellsAPercentageFromANumber) {
  const auto rails = load_text(minimal("latency: {}\ncompare: {guardrails: [{metric: latency_ms, "
                                       "quantile: 0.5, max_increase: 10%}, "
                                       "{metric: ndcg@10, max_decrease: 0.5}]}\n"))
                         .compare.guardrails;
  EXPECT_DOUBLE_EQ(*rails[0].max_increase_relative, 0.1);
  EXPECT_FALSE(rails[0].max_increase);
  EXPECT_EQ(rails[0].scenario, "single_stream");
  EXPECT_EQ(*rails[1].max_decrease, 0.5);
}

TEST(LoadExperiment, ReadsSmallestDifferencesOfMetricsThatItComputes) {
  const auto compare =
      load_text(minimal("compare: {smallest_differences: {ndcg@10: 0.005}}\n")).compare;
  ASSERT_EQ(compare.smallest_differences.size(), 1U);
  EXPECT_EQ(compare.smallest_differences.at("ndcg@10"), 0.005);
  EXPECT_THAT(problems_of(minimal("metrics: {groups: [], names: [ndcg]}\ncompare: "
                                  "{smallest_differences: {rbp@10: 0.1}}\n")),
              HasSubstr("compare.smallest_differences names rbp@10: the experiment does not "
                        "compute it; add it to metrics.names"));
  EXPECT_THAT(problems_of(minimal("compare: {smallest_differences: {ndcg@10: -1}}\n")),
              HasSubstr("is negative; it must be at least 0"));
  EXPECT_THAT(problems_of(minimal("compare: {smallest_differences: {ngcd@10: 1}}\n")),
              HasSubstr("compare.smallest_differences names ngcd@10: "));
}

TEST(LoadExperiment, LimitsWhatFittingTakes) {
  const auto rails = load_text(minimal("compare: {guardrails: [{metric: fit_seconds, max_increase: "
                                       "50%}, {metric: fit_memory, max_increase: 100}]}\n"))
                         .compare.guardrails;
  EXPECT_EQ(rails[0].metric, "fit_seconds");
  EXPECT_DOUBLE_EQ(*rails[0].max_increase_relative, 0.5);
  EXPECT_EQ(*rails[1].max_increase, 100);
  EXPECT_THAT(
      problems_of(minimal("compare: {guardrails: [{metric: fit_seconds, max_decrease: 0.1}]}\n")),
      HasSubstr("does not apply to what a fit takes; use max_increase"));
}

TEST(LoadExperiment, ReadsTheRulesOfAGate) {
  const task::Experiment experiment =
      load_text(minimal("gate: {metrics: [{metric: ndcg@10, tolerated_loss: 1%}], min_requests: "
                        "1000, largest_gain: 0.2}\n"));
  ASSERT_EQ(experiment.gate.metrics.size(), 1U);
  EXPECT_DOUBLE_EQ(*experiment.gate.metrics[0].tolerated_loss_relative, 0.01);
  EXPECT_EQ(experiment.gate.min_requests, 1000);
  EXPECT_EQ(*experiment.gate.largest_gain, 0.2);
  const task::GateSpec recorded = recorded_gate(experiment.resolved_text);
  EXPECT_EQ(recorded.metrics[0].metric, "ndcg@10");
  EXPECT_DOUBLE_EQ(*recorded.metrics[0].tolerated_loss_relative, 0.01);
  EXPECT_EQ(recorded.min_requests, 1000);
  EXPECT_EQ(*recorded.largest_gain, 0.2);
}

TEST(LoadExperiment, WithoutAGateTheResolvedTextHasNone) {
  const std::string text = load_text(minimal()).resolved_text;
  EXPECT_THAT(text, Not(HasSubstr("gate")));
  EXPECT_TRUE(recorded_gate(text).metrics.empty());
}

TEST(LoadExperiment, AGateAsksForMetricsThatAreMeasuredAndNotLimitedAlready) {
  EXPECT_THAT(problems_of(minimal("metrics: {groups: [], names: [ndcg]}\ngate: {metrics: [{metric: "
                                  "rbp@10}]}\n")),
              HasSubstr("gate.metrics[0].metric is rbp@10, which the experiment does not compute"));
  EXPECT_THAT(problems_of(minimal("gate: {metrics: [{metrc: ndcg@10}]}\n")),
              HasSubstr("did you mean \"metric\"?"));
  EXPECT_THAT(problems_of(minimal("compare: {guardrails: [{metric: ndcg@10, max_decrease: 1%}]}\n"
                                  "gate: {metrics: [{metric: ndcg@10}]}\n")),
              HasSubstr("which compare.guardrails limits already"));
  EXPECT_THAT(problems_of(minimal("gate: {metrics: [{metric: ndcg@10, tolerated_loss: -1}]}\n")),
              HasSubstr("gate.metrics[0].tolerated_loss is -1; it must be at least 0"));
}

TEST(LoadExperiment, TimesNothingUnlessAsked) {
  EXPECT_EQ(load_text(minimal()).latency.rounds, 0);
  EXPECT_EQ(load_text(minimal("latency: {}\n")).latency.rounds, 3);
  EXPECT_EQ(load_text(minimal("latency: {rounds: 0}\n")).latency.rounds, 0);
}

TEST(LoadExperiment, RefusesAFileOfMoreThanOneMebibyte) {
  const std::string comment(config::kMaxFileBytes + 1, '#');
  EXPECT_THAT(problems_of(comment),
              HasSubstr("is larger than 1 MiB, the limit of an experiment file"));
}

TEST(LoadExperiment, RefusesBytesThatAreNoText) {
  EXPECT_THAT(problems_of(minimal() + std::string("x: \0\n", 5)),
              HasSubstr("byte 0x00 is not UTF-8"));
  EXPECT_THAT(problems_of(minimal() + "x: \xC0\xAF\n"), HasSubstr("byte 0xc0 is not UTF-8"))
      << "overlong";
  EXPECT_THAT(problems_of(minimal() + "x: \xED\xA0\x80\n"), HasSubstr("byte 0xed is not UTF-8"))
      << "surrogate";
}

TEST(LoadExperiment, NamesTheFileThatCannotBeRead) {
  try {
    load_experiment("nowhere/x.yaml", fake_options());
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_STREQ(error.what(), "nowhere/x.yaml: cannot be read (No such file or directory)");
  }
}

TEST(LoadExperiment, RefusesAFolder) {
  const Folder folder;
  try {
    load_experiment(folder.path().string(), fake_options());
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is a folder; an experiment is one YAML file"));
  }
}

TEST(LoadExperiment, ShowsAHundredProblemsAndCountsTheRest) {
  std::string more;
  for (int i = 0; i < 150; ++i) more += "unknown_" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(problems_of(minimal(more)),
              AllOf(HasSubstr("unknown_99 "), HasSubstr("50 more problems are not shown")));
}

// Validating is what one does after every keystroke: 200 variants in a fraction of the 50 ms.
TEST(LoadExperiment, ReadsTwoHundredVariantsInNoTime) {
  std::string text =
      "data: {source: gowalla}\nvariants:\n  v0: {recall: [{plugin: item_knn, k: 100}], rank: "
      "[{plugin: linear}]}\n";
  for (int i = 1; i < 200; ++i) {
    text += "  v" + std::to_string(i) +
            ": {extends: v0, set: {recall.0.params.neighbours: " + std::to_string(i) + "}}\n";
  }
  const task::PluginCatalog& catalog = fake_catalog();
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(load_text(text).variants.size(), 200u);
    best = std::min(
        best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
                  .count());
  }
  RecordProperty("milliseconds", std::to_string(best));
  EXPECT_LT(best, 500) << "even unoptimised, on a busy machine, with " << catalog.plugins().size()
                       << " plugins";
}

}  // namespace
}  // namespace assay::config
