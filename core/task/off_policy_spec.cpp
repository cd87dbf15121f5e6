#include "task/off_policy_spec.h"

#include <fmt/format.h>

#include <algorithm>

#include "task/policy.h"

namespace assay::task {
namespace {

/// What can change a bit of what the model says.
nlohmann::json identity_of(const RewardModelSpec& model) {
  nlohmann::json out = {{"plugin", model.stage.plugin},
                        {"version", model.stage.version},
                        {"library", model.stage.library_sha256},
                        {"params", model.stage.params},
                        {"folds", model.folds}};
  if (model.logit) out["link"] = "logit";
  if (!model.stage.file_sha256.empty()) out["files"] = model.stage.file_sha256;
  if (const nlohmann::json sees = model.stage.sees.identity(); !sees.empty()) out["sees"] = sees;
  return out;
}

}  // namespace

void to_json(nlohmann::json& out, const OffPolicySpec& value) {
  out = {{"estimators", value.estimators},
         {"parameters", value.parameters},
         {"embeddings", value.embeddings}};
  if (value.reward)
    out["reward"] = {{"stage", value.reward->stage},
                     {"folds", value.reward->folds},
                     {"logit", value.reward->logit}};
}

void from_json(const nlohmann::json& in, OffPolicySpec& value) {
  value = {};
  in.at("estimators").get_to(value.estimators);
  in.at("parameters").get_to(value.parameters);
  in.at("embeddings").get_to(value.embeddings);
  if (!in.contains("reward")) return;
  RewardModelSpec model;
  in.at("reward").at("stage").get_to(model.stage);
  in.at("reward").at("folds").get_to(model.folds);
  model.logit = in.at("reward").value("logit", false);
  value.reward = std::make_shared<const RewardModelSpec>(std::move(model));
}

std::string asked_text(const PolicySpec& policy, const OffPolicySpec* off_policy) {
  nlohmann::json text = policy;
  if (off_policy != nullptr && off_policy->reward)
    text["reward"] = identity_of(*off_policy->reward);
  if (off_policy != nullptr && !off_policy->embeddings.empty())
    text["embeddings"] = off_policy->embeddings;
  if (off_policy != nullptr && !policy_models(*off_policy).empty())
    text["models"] = policy_models(*off_policy);
  return text.dump();
}

std::vector<std::string> policy_models(const OffPolicySpec& spec) {
  std::vector<std::string> out;
  for (const char* name : {"balanced_ips", "mrdr"})
    if (std::ranges::count(spec.estimators, name) > 0) out.emplace_back(name);
  return out;
}

std::vector<std::string> models_of_text(std::string_view asked) {
  return nlohmann::json::parse(asked).value("models", std::vector<std::string>());
}

std::string asked_work(const PolicySpec& policy, const OffPolicySpec* off_policy) {
  return std::string(kPolicyWork) + asked_text(policy, off_policy);
}

std::vector<std::string> embeddings_of_work(std::string_view work) {
  const auto json = nlohmann::json::parse(work.substr(kPolicyWork.size()));
  return json.value("embeddings", std::vector<std::string>());
}

bool reward_is_logit(std::string_view work) {
  const auto json = nlohmann::json::parse(work.substr(kPolicyWork.size()));
  return json.contains("reward") && json.at("reward").value("link", "") == "logit";
}

std::string reward_words(const std::string& asked) {
  const auto json = nlohmann::json::parse(asked);
  if (!json.contains("reward")) return "the mean of an item";
  const auto& model = json.at("reward");
  return fmt::format("{}, cross-fitted in {} folds", model.at("plugin").get<std::string>(),
                     model.at("folds").get<int64_t>());
}

}  // namespace assay::task
