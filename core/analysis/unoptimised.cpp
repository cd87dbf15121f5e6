#include "analysis/unoptimised.h"

#include <fmt/core.h>

namespace assay::analysis {

std::string build_text(const results::PluginStateRow& plugin) {
  if (plugin.build_type.empty()) return "is built without optimisation";
  return fmt::format("is a {} build", plugin.build_type);
}

std::map<std::string, std::string> unoptimised_variants(const results::Reader& reader,
                                                        int64_t run_id) {
  std::map<std::string, std::string> texts;
  for (const results::PluginStateRow& plugin : reader.plugin_states(run_id)) {
    if (plugin.optimised || plugin.variant.empty()) continue;
    std::string& text = texts[plugin.variant];
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", plugin.plugin, build_text(plugin));
  }
  return texts;
}

}  // namespace assay::analysis
