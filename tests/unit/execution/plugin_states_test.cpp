#include "execution/plugin_states.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "unit/temp_folder.h"

namespace assay::execution {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class PluginStates : public ::testing::Test {
 protected:
  PluginStates() {
    experiment_.variants.resize(1);
    experiment_.variants[0].name = "control";
    experiment_.variants[0].chain.recall = {stage("knn")};
  }

  std::string library(const std::string& plugin) const { return folder_ / (plugin + ".so"); }

  task::StageSpec stage(const std::string& plugin, PluginKind kind = PluginKind::recall) const {
    task::StageSpec stage;
    stage.kind = kind;
    stage.plugin = plugin;
    stage.library = library(plugin);
    stage.library_sha256 = "sha-of-" + plugin;
    return stage;
  }

  static task::ContractCheck check(int64_t held, const std::string& checked) {
    return {"knn", "recall", held, 43, held == 43 ? "" : "a: b", "built-in data", checked, "0.1.0"};
  }
  void check_by_build(int64_t held, const std::string& day,
                      const std::string& sha256 = "sha-of-knn") const {
    task::write_contract_checks(task::contract_file_beside(library("knn")), sha256,
                                {check(held, day)});
  }
  void check_by_user(int64_t held, const std::string& day) const {
    task::write_contract_checks(task::contract_file(checks(), "sha-of-knn"), "sha-of-knn",
                                {check(held, day)});
  }
  std::string checks() const { return folder_ / "cache/checks"; }

  std::vector<UsedPlugin> used() const {
    task::PluginInfo knn;
    knn.name = "knn";
    knn.library_sha256 = "sha-of-knn";
    knn.build_type = "Debug";
    knn.optimised = false;
    return used_plugins(experiment_, task::PluginCatalog({knn}), checks());
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const UsedPlugin& plugin : used())
      names.push_back(plugin.state.variant + ": " + plugin.state.plugin);
    return names;
  }

  test::TempFolder temp_;
  fs::path folder_ = temp_.path();
  task::Experiment experiment_;
};

TEST_F(PluginStates, NameEveryPluginOfAChainWithItsInputsOnceAndTheMetrics) {
  task::StageSpec mmr = stage("mmr", PluginKind::rerank);
  mmr.inputs = {{.name = "model", .stage = stage("als")}, {.name = "other", .stage = stage("knn")}};
  experiment_.variants[0].chain.rerank = {mmr};
  task::StageSpec lists;
  lists.lists = "bm25";
  experiment_.variants.push_back(experiment_.variants[0]);
  experiment_.variants[1].name = "listed";
  experiment_.variants[1].chain.recall = {lists};
  experiment_.variants[1].chain.rerank = {};
  experiment_.metrics.own = {{.plugin = "my_metric", .library_sha256 = "ef"}};
  EXPECT_THAT(names(), ElementsAre("control: knn", "control: mmr", "control: als", ": my_metric"));
}

TEST_F(PluginStates, TellHowALibraryWasBuilt) {
  EXPECT_EQ(used().at(0).state.build_type, "Debug");
  EXPECT_FALSE(used().at(0).state.optimised);
}

TEST_F(PluginStates, AreWithoutACheckUntilThereIsOneOfTheseBytes) {
  EXPECT_EQ(used().at(0).state.check, std::nullopt);
  check_by_build(43, "2026-11-01T00:00:00Z", "sha-of-an-earlier-build");
  EXPECT_EQ(used().at(0).state.check, std::nullopt);
  check_by_user(41, "2026-11-02T00:00:00Z");
  EXPECT_EQ(used().at(0).state.check, check(41, "2026-11-02T00:00:00Z"));
  EXPECT_FALSE(used().at(0).state.checked_by_build);
}

TEST_F(PluginStates, TakeTheLaterOfTwoChecksThatDiffer) {
  check_by_build(43, "2026-11-01T00:00:00Z");
  check_by_user(41, "2026-11-02T00:00:00Z");
  EXPECT_EQ(used().at(0).state.check->held, 41);
  check_by_build(43, "2026-11-03T00:00:00Z");
  EXPECT_EQ(used().at(0).state.check->held, 43);
}

TEST_F(PluginStates, TakeThatOfTheBuildWhereBothFoundTheSame) {
  check_by_build(43, "2026-11-01T00:00:00Z");
  check_by_user(43, "2026-11-02T00:00:00Z");
  EXPECT_TRUE(used().at(0).state.checked_by_build);
}

}  // namespace
}  // namespace assay::execution
