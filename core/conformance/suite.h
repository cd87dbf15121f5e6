#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "conformance/check.h"
#include "task/plugin_info.h"

namespace assay::conformance {

/// A check and what it found.
struct CheckResult {
  std::string name;
  Finding finding;
};

/// Everything that was found out about one strategy.
struct StrategyReport {
  task::PluginInfo info;
  std::string stamp;  ///< "SDK 1.0, torch 2.13.0, g++ 12"
  std::vector<CheckResult> checks;
  double seconds = 0;

  int64_t count(Finding::Result result) const;
};

/// Timeout of one check.
inline constexpr std::chrono::milliseconds kCheckLimit{20'000};

/// Tests one strategy of a library that has passed the probe against the whole contract, in a child
/// process: if it crashes or never returns, the current check fails, and another child continues
/// with the next. See process::run_in_fork for what that asks of the caller.
/// @param params  complete, checked settings
/// @param data    what it is tried on
StrategyReport run_suite(const task::PluginInfo& plugin, const ParamMap& params,
                         const TinyData& data = TinyData::built_in(),
                         std::chrono::milliseconds limit = kCheckLimit);

/// The same in this process, so that a debugger stops where the plugin crashes. Without the check of
/// standard output.
StrategyReport run_suite_here(const task::PluginInfo& plugin, const ParamMap& params,
                              const TinyData& data);

}  // namespace assay::conformance
