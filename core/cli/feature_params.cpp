#include "cli/feature_params.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "error/error.h"
#include "text/listed.h"

namespace assay::cli {
namespace {

using ingest::KnownFeature;

/// What a parameter asks for.
struct Wanted {
  const task::StageSpec& stage;
  const ParamSpec& param;
  std::string name;
};

/// What is wrong with it on one data set; nothing where it is there.
std::optional<std::string> problem_of(const Wanted& wanted,
                                      const std::vector<KnownFeature>& features,
                                      const std::string& dataset) {
  const ParamSpec& param = wanted.param;
  std::vector<std::string> known;
  for (const KnownFeature& feature : features) {
    if (feature.of != param.feature_of) continue;
    known.push_back(feature.name);
    if (feature.name != wanted.name) continue;
    const auto& types = param.feature_types;
    if (types.empty() || std::ranges::count(types, feature.type) > 0) return std::nullopt;
    return fmt::format("is {}, which is a {} of {}; {} takes {} features of type {}", wanted.name,
                       feature.type, dataset, wanted.stage.plugin, param.feature_of,
                       fmt::join(types, " or "));
  }
  const std::string near = known.empty() ? fmt::format("; it has no {} features", param.feature_of)
                                         : error::did_you_mean(wanted.name, known);
  return fmt::format("is {}, which is no {} feature of {}{}", wanted.name, param.feature_of,
                     dataset, near);
}

/// Likewise where the stage sees some features only.
std::optional<std::string> hidden(const Wanted& wanted) {
  const auto seen = wanted.stage.sees.features.find(wanted.param.feature_of);
  if (seen == wanted.stage.sees.features.end()) return std::nullopt;
  std::vector<std::string> names;
  for (const task::FeatureChoice& choice : seen->second) {
    names.push_back(choice.name);
    if (choice.name == wanted.name) return std::nullopt;
  }
  return fmt::format("is {}, but by `features` the stage sees {}", wanted.name,
                     names.empty() ? fmt::format("no {} feature", wanted.param.feature_of)
                                   : text::listed(names) + " only");
}

/// What is wrong with a feature that a stage is told to see; nothing where it is there.
std::optional<std::string> unseen(const std::string& kind, const task::FeatureChoice& choice,
                                  const std::vector<KnownFeature>& features,
                                  const std::string& dataset) {
  std::vector<std::string> known;
  for (const KnownFeature& feature : features) {
    if (feature.of != kind) continue;
    if (feature.name == choice.name) return std::nullopt;
    known.push_back(feature.name);
  }
  return fmt::format("names \"{}\", which {} does not have{}", choice.name, dataset,
                     known.empty() ? fmt::format("; it has no {} features", kind)
                                   : error::did_you_mean(choice.name, known));
}

class Check {
 public:
  Check(const task::PluginCatalog& catalog,
        const std::map<std::string, std::vector<KnownFeature>>& features)
      : catalog_(catalog), features_(features) {}

  void chain(const task::Chain& chain, const std::string& path) {
    for (const auto* stages : {&chain.recall, &chain.rank, &chain.rerank}) {
      for (const task::StageSpec& one : *stages) stage(one, path + "." + one.place());
    }
  }

  void throw_if_any() {
    if (!problems_.empty()) throw error::UserError(std::move(problems_));
  }

 private:
  void stage(const task::StageSpec& stage, const std::string& path) {
    seen(stage);
    const task::PluginInfo* plugin =
        stage.plugin.empty() ? nullptr : catalog_.find(stage.plugin, stage.kind);
    if (plugin != nullptr) {
      for (const ParamSpec& param : plugin->schema.params) {
        if (!param.feature_of.empty() && stage.params.contains(param.name))
          value(stage, param, stage.params.at(param.name), path);
      }
    }
    for (const task::InputSpec& input : stage.inputs)
      this->stage(input.stage, path + ".inputs." + input.name);
    if (stage.unknown) this->stage(*stage.unknown, path + ".unknown");
  }

  void seen(const task::StageSpec& stage) {
    for (const auto& [kind, choices] : stage.sees.features)
      for (const task::FeatureChoice& choice : choices)
        for (const auto& [dataset, features] : features_)
          if (const auto what = unseen(kind, choice, features, dataset))
            add(choice.where, "features." + kind, *what);
  }

  void value(const task::StageSpec& stage, const ParamSpec& param, const nlohmann::json& value,
             const std::string& path) {
    if (!value.is_string() || value.get<std::string>().empty()) return;
    const Wanted wanted{stage, param, value.get<std::string>()};
    const std::string setting = path + ".params." + param.name;
    if (const auto what = hidden(wanted)) return add(stage.where, setting, *what);
    for (const auto& [dataset, features] : features_) {
      if (const auto what = problem_of(wanted, features, dataset)) add(stage.where, setting, *what);
    }
  }

  // Variants that extend one another, and members of a grid, have it from one place.
  void add(const std::string& where, const std::string& setting, const std::string& what) {
    if (said_.insert(where + what).second) problems_.push_back({where, setting + " " + what, ""});
  }

  const task::PluginCatalog& catalog_;
  const std::map<std::string, std::vector<KnownFeature>>& features_;
  std::set<std::string> said_;
  std::vector<error::Problem> problems_;
};

}  // namespace

void check_feature_params(
    const task::Experiment& experiment, const task::PluginCatalog& catalog,
    const std::map<std::string, std::vector<ingest::KnownFeature>>& features) {
  Check check(catalog, features);
  for (const task::VariantSpec& variant : experiment.variants)
    check.chain(variant.chain, "variants." + variant.name);
  check.throw_if_any();
}

}  // namespace assay::cli
