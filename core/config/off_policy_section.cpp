#include <fmt/format.h>

#include <algorithm>

#include "config/variant_reader.h"
#include "error/error.h"

namespace assay::config {
namespace {

/// Estimators with a parameter, and the largest it may be; infinity is written by leaving the
/// estimator to SLOPE.
constexpr std::pair<const char*, double> kParameters[] = {
    {"clipped_ips", 1e12}, {"clipped_dr", 1e12}, {"switch_dr", 1e12},
    {"dros", 1e12},        {"sg_ips", 1},        {"sg_dr", 1},
};

void read_parameters(const Section& section, task::OffPolicySpec& spec) {
  std::vector<std::string> known;
  for (const auto& [name, most] : kParameters) known.emplace_back(name);
  section.each_entry("parameters", [&](const Key& key, const Node& node) {
    const std::string path = join_keys(section.path("parameters"), key.text);
    const auto* const found = std::ranges::find(
        kParameters, key.text, [](const auto& one) { return std::string_view(one.first); });
    if (found == std::end(kParameters))
      return section.problems().add(
          key.place, path,
          fmt::format("is no estimator with a parameter{}", error::did_you_mean(key.text, known)));
    double value = 0;
    if (!read_as(node, path, section.problems(), value)) return;
    if (value >= 0 && value <= found->second) {
      spec.parameters[key.text] = value;
      return;
    }
    section.problems().add(node.place, path,
                           fmt::format("is {}; it must be 0 to {:g}", value, found->second));
  });
}

/// Why the scores of the plugin are no expected rewards; empty where they are.
std::string model_problem(const ReadStage& stage, bool logit) {
  const task::PluginTraits& traits = stage.plugin->traits;
  if (!traits.learns_from_candidates)
    return "which does not learn from labelled candidates, and so knows nothing of rewards; take "
           "logistic_regression, factorization_machine or deep_fm";
  if (logit && traits.scores == "probability")
    return "whose scores are probabilities already (the trait scores); leave link out";
  if (!logit && traits.scores != "probability")
    return "whose scores only rank (the trait scores); a reward model says how probable a reward "
           "is: take logistic_regression, factorization_machine or deep_fm, or say link: logit "
           "where the scores are log-odds, as those of gbdt with objective: pointwise";
  return "";
}

bool is_logit(const Section& reward) {
  std::string link;
  return reward.text("link", link) && link == "logit";
}

std::optional<ReadStage> read_model(const Section& section, bool logit, const StageReader& reader,
                                    const AskFunctions& ask, Problems& problems) {
  ReadStage stage = reader.read_in_place(section, PluginKind::rank);
  if (stage.plugin == nullptr) return std::nullopt;
  const std::string problem = model_problem(stage, logit);
  if (!problem.empty()) {
    section.problem("plugin", fmt::format("is {}, {}", stage.spec.plugin, problem));
    return std::nullopt;
  }
  if (!stage.tuned.empty()) {
    section.problem("params",
                    "has a tuned value; what is tuned is a variant, give it a value here");
    return std::nullopt;
  }
  ReadVariant of_its_own;
  of_its_own.name = "off_policy";
  of_its_own.rank = {std::move(stage)};
  std::vector<ReadVariant> asked = {std::move(of_its_own)};
  apply_functions(asked, problems.any() ? nullptr : ask, problems);
  stage = std::move(asked.front().rank.front());
  if (stage.spec.functions.validates && stage.spec.traits.validates) {
    section.problem("params", fmt::format("let {} stop by the validation metric of lists, which a "
                                          "reward model has none of; take patience: 0",
                                          stage.spec.plugin));
  }
  return stage;
}

void check_estimators(const Section& section, task::OffPolicySpec& spec) {
  if (section.has("estimators") && spec.estimators.empty())
    section.problem("estimators", "is empty; it must name at least one");
  const bool mips = std::ranges::count(spec.estimators, "mips") > 0;
  if (mips && spec.embeddings.empty())
    section.problem("estimators",
                    "names mips, which needs off_policy.embeddings: item features that stand for "
                    "an item");
  for (const auto& [name, value] : spec.parameters) {
    if (spec.estimators.empty() || std::ranges::count(spec.estimators, name) > 0) continue;
    section.problem("parameters",
                    fmt::format("names {}, which is not among off_policy.estimators", name));
  }
}

}  // namespace

ReadOffPolicy read_off_policy(const Section& file, const std::vector<ReadVariant>& variants,
                              const StageReader& reader, const AskFunctions& ask,
                              Problems& problems) {
  ReadOffPolicy read;
  const Section section = file.sub("off_policy");
  if (!section.exists()) return read;
  const auto has_policy = [](const ReadVariant& variant) { return variant.policy.has_value(); };
  if (!variants.empty() && std::ranges::none_of(variants, has_policy))
    file.refuse("off_policy", "judges policies, and no variant has one; give it variants.*.policy");
  auto spec = std::make_shared<task::OffPolicySpec>();
  section.texts("estimators", spec->estimators);
  section.texts("embeddings", spec->embeddings);
  read_parameters(section, *spec);
  check_estimators(section, *spec);
  if (const Section reward = section.sub("reward"); reward.exists()) {
    task::RewardModelSpec model;
    model.logit = is_logit(reward);
    read.model = read_model(reward, model.logit, reader, ask, problems);
    reward.integer("folds", model.folds);
    if (read.model) {
      model.stage = read.model->spec;
      spec->reward = std::make_shared<const task::RewardModelSpec>(std::move(model));
    }
  }
  read.spec = std::move(spec);
  return read;
}

}  // namespace assay::config
