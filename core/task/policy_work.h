#pragma once

#include <string_view>

namespace assay::task {

/// Begins EvaluateTask::work of tasks that ask what a policy does with logged requests; its text
/// (task/policy.h) follows.
inline constexpr std::string_view kPolicyWork = "policy:";

}  // namespace assay::task
