#pragma once

/// How the plugins of a run were built and whether they keep the plugin contract, beside the
/// variants that call them.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "report/comparison.h"

namespace assay::report {

/// A plugin of the run and who calls it.
struct PluginUse {
  std::vector<std::string> variants;  ///< none: a metric
  results::PluginStateRow state;      ///< its `variant` is the first of them

  /// "43 of 43 checks hold", "never checked (...)".
  std::string contract() const;
};

/// In the order of the variants, then the metrics. Empty for runs of versions that kept nothing.
std::vector<PluginUse> plugin_uses(const Comparison& comparison);

/// A line for each plugin of which something is to be said: "als64 and als128: my_als is a Debug
/// build, its latency is not judged; contract: never checked (...)". Silent where a plugin is built
/// with optimisation and its own build found that it keeps the whole contract.
std::vector<std::string> plugin_lines(const Comparison& comparison);

/// [{"variants", "plugin", "kind", "library", "build_type", "optimised", "contract": null or
/// {"held", "checks", "first_failure", "checked", "data", "by", "assay_version"}, "contract_text"}].
nlohmann::ordered_json plugins_json(const Comparison& comparison);

}  // namespace assay::report
