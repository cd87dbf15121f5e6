#include "task/policy.h"

#include <fmt/format.h>

namespace assay::task {

void to_json(nlohmann::json& out, const PolicySpec& value) {
  out = {{"kind", value.kind}};
  if (value.kind == PolicyKind::softmax) out["temperature"] = value.temperature;
  if (value.kind == PolicyKind::epsilon_greedy) out["epsilon"] = value.epsilon;
}

void from_json(const nlohmann::json& in, PolicySpec& value) {
  value = {};
  in.at("kind").get_to(value.kind);
  value.temperature = in.value("temperature", value.temperature);
  value.epsilon = in.value("epsilon", value.epsilon);
}

std::string policy_text(const PolicySpec& policy) { return nlohmann::json(policy).dump(); }

std::string policy_words(const PolicySpec& policy) {
  switch (policy.kind) {
    case PolicyKind::softmax:
      return fmt::format("softmax, temperature {}", policy.temperature);
    case PolicyKind::epsilon_greedy:
      return policy.epsilon == 0 ? std::string("greedy: always its first item")
                                 : fmt::format("epsilon-greedy, epsilon {}", policy.epsilon);
    case PolicyKind::stages:
      break;
  }
  return "probabilities of its last stage";
}

std::string policy_work(const PolicySpec& policy) {
  return std::string(kPolicyWork) + policy_text(policy);
}

std::optional<PolicySpec> policy_of_work(std::string_view work) {
  if (!work.starts_with(kPolicyWork)) return std::nullopt;
  return nlohmann::json::parse(work.substr(kPolicyWork.size())).get<PolicySpec>();
}

}  // namespace assay::task
