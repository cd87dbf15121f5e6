#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load.h"

namespace assay::config {
namespace {

using nlohmann::json;

// Places differ between a file and its resolved text; nothing else may.
void drop_places(json& value) {
  if (value.is_object()) value.erase("where");
  if (!value.is_structured()) return;
  for (json& inner : value) drop_places(inner);
}

json comparable(const task::Experiment& experiment) {
  json all = {{"name", experiment.name},       {"description", experiment.description},
              {"seed", experiment.seed},       {"seeds", experiment.seeds},
              {"fit_on", experiment.fit_on},   {"traffic", experiment.traffic},
              {"size", experiment.serve_size}, {"metrics", experiment.metrics},
              {"latency", experiment.latency}, {"compare", experiment.compare},
              {"numeric", experiment.numeric}, {"limits", experiment.limits}};
  for (const task::DatasetSpec& dataset : experiment.datasets) {
    nlohmann::json lists;
    for (const auto& [name, list] : dataset.lists)
      lists[name] = {list.path, list.ties ? task::name_of(*list.ties) : "", list.columns};
    all["datasets"].push_back({{"name", dataset.name},
                               {"source", dataset.source},
                               {"path", dataset.path},
                               {"format", dataset.format},
                               {"columns", dataset.columns},
                               {"delimiter", dataset.delimiter},
                               {"targets", dataset.targets},
                               {"filter", dataset.filter},
                               {"split", dataset.split},
                               {"on", dataset.evaluate_on},
                               {"lists", lists},
                               {"leaks", dataset.allow_leak}});
  }
  for (const task::VariantSpec& variant : experiment.variants) {
    json tuned = json::array();  // in this order: it decides which values are drawn
    for (const task::TunedParam& param : variant.tuned)
      tuned.push_back({param.stage, param.name, param.choices, param.low, param.high, param.log});
    all["variants"].push_back({{"name", variant.name},
                               {"description", variant.description},
                               {"chain", variant.chain},
                               {"tuned", tuned}});
  }
  drop_places(all);
  return all;
}

void expect_same_again(const task::Experiment& experiment) {
  LoadOptions options = fake_options();
  options.yes = true;
  const task::Experiment again = load_text(experiment.resolved_text, options);
  EXPECT_EQ(json::diff(comparable(experiment), comparable(again)), json::array());
  EXPECT_EQ(experiment.resolved_text, again.resolved_text);
}

class Accepted : public testing::TestWithParam<std::string> {};

std::vector<std::string> accepted_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
    if (entry.path().extension() == ".resolved") names.push_back(entry.path().stem().string());
  }
  return names;
}

TEST_P(Accepted, GivesTheSameExperimentFromItsResolvedText) {
  LoadOptions options = fake_options();
  options.yes = true;
  expect_same_again(load_experiment((golden_folder() / (GetParam() + ".yaml")).string(), options));
}

INSTANTIATE_TEST_SUITE_P(Yaml, Accepted, testing::ValuesIn(accepted_names()),
                         [](const auto& instance) { return instance.param; });

TEST(ResolvedText, KeepsFilesOfItsOwnFolder) {
  const Folder folder;
  folder.write("events.csv", "u,i\n");
  folder.write("w.bin", "weights");
  const std::string file = folder.write(
      "files.yaml",
      "data:\n"
      "  source: {path: events.csv, format: csv, columns: {user: u, item: i}, delimiter: \"\\t\"}\n"
      "  split: {method: row_hash}\n"
      "variants: {a: {recall: [{plugin: warm, params: {weights: w.bin}}]}}\n");
  const task::Experiment experiment = load_experiment(file, fake_options());
  EXPECT_EQ(experiment.datasets[0].name, "events");
  EXPECT_EQ(experiment.datasets[0].delimiter, "\t");
  EXPECT_EQ(experiment.datasets[0].path, (folder.path() / "events.csv").string());
  expect_same_again(experiment);
}

TEST(ResolvedText, QuotesWhatYamlWouldReadAsSomethingElse) {
  for (const char* text :
       {"no",  "010",        "1.5",         "true",      "~",           "null", "a: b", "a #b",
        "- a", "\"quoted\"", "back\\slash", "tab\there", "line\nbreak", "été",  "",     " space ",
        "*a",  "&a",         "{x}",         "0x10",      "1:30",        "12e3"}) {
    task::Experiment experiment = load_text(minimal("description: " + json(text).dump() + "\n"));
    EXPECT_EQ(experiment.description, text);
    expect_same_again(experiment);
  }
}

TEST(ResolvedText, DoesNotDependOnHowTheFileIsWritten) {
  const std::string block = load_text(
                                "name: x\ndata:\n  source: movielens-100k\nvariants:\n  a:\n    "
                                "recall:\n    - k: 50\n      plugin: popularity\n")
                                .resolved_text;
  const std::string flow = load_text(
                               "{variants: {a: {recall: [{plugin: popularity, k: 50}]}}, data: "
                               "{source: movielens-100k}, name: x}")
                               .resolved_text;
  EXPECT_EQ(block, flow);
}

}  // namespace
}  // namespace assay::config
