#pragma once

/// Policies as text: what names their rows in a results file, and what a worker is told of them.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "task/experiment.h"
#include "task/policy_work.h"

namespace assay::task {

/// Only what acts: {"kind": "softmax", "temperature": 0.1}.
void to_json(nlohmann::json& out, const PolicySpec& value);
void from_json(const nlohmann::json& in, PolicySpec& value);

/// That JSON as one line. Policies that act alike have one text.
std::string policy_text(const PolicySpec& policy);

/// "softmax, temperature 0.1", for people.
std::string policy_words(const PolicySpec& policy);

/// EvaluateTask::work of a task that asks what it does with logged requests: kPolicyWork and its text.
std::string policy_work(const PolicySpec& policy);
/// The policy of such a task; none of any other work.
std::optional<PolicySpec> policy_of_work(std::string_view work);

}  // namespace assay::task
