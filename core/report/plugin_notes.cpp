#include "report/plugin_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analysis/unoptimised.h"
#include "report/numbers.h"
#include "text/counted.h"
#include "text/listed.h"

namespace assay::report {

namespace {

using results::PluginStateRow;

/// So many variants are named; of more only their number is told.
constexpr size_t kMostNamed = 4;

bool is_same(const PluginStateRow& a, const PluginStateRow& b) {
  return a.plugin == b.plugin && a.kind == b.kind && a.so_sha256 == b.so_sha256 &&
         a.variant.empty() == b.variant.empty();
}

/// "als64 and als128", "12 variants", "metrics".
std::string callers(const PluginUse& use) {
  if (use.variants.empty()) return "metrics";
  if (use.variants.size() <= kMostNamed) return text::listed(use.variants);
  return text::counted(std::ssize(use.variants), "variant");
}

/// Our own plugins that hold everything are not worth a line.
bool is_proved_by_its_build(const PluginStateRow& state) {
  return state.checked_by_build && state.check->holds();
}

std::string note(const PluginUse& use) {
  std::string text;
  const PluginStateRow& state = use.state;
  if (!state.optimised) {
    text = fmt::format(" {}", analysis::build_text(state));
    if (!use.variants.empty()) text += ", its latency is not judged";
  }
  if (!is_proved_by_its_build(state))
    text += fmt::format("{} contract: {}", text.empty() ? "," : ";", use.contract());
  return text;
}

}  // namespace

std::string PluginUse::contract() const {
  return state.check ? state.check->text() : task::kNeverChecked;
}

std::vector<PluginUse> plugin_uses(const Comparison& comparison) {
  std::vector<PluginUse> strategies, metrics;
  for (const PluginStateRow& state : comparison.plugins) {
    std::vector<PluginUse>& uses = state.variant.empty() ? metrics : strategies;
    auto found = std::ranges::find_if(
        uses, [&](const PluginUse& other) { return is_same(other.state, state); });
    if (found == uses.end()) found = uses.insert(found, {{}, state});
    if (!state.variant.empty()) found->variants.push_back(state.variant);
  }
  strategies.insert(strategies.end(), metrics.begin(), metrics.end());
  return strategies;
}

std::vector<std::string> plugin_lines(const Comparison& comparison) {
  std::vector<std::string> lines;
  for (const PluginUse& use : plugin_uses(comparison)) {
    const std::string text = note(use);
    if (!text.empty())
      lines.push_back(fmt::format("{}: {}{}", callers(use), use.state.plugin, text));
  }
  return lines;
}

nlohmann::ordered_json plugins_json(const Comparison& comparison) {
  using Json = nlohmann::ordered_json;
  Json json = Json::array();
  for (const PluginUse& use : plugin_uses(comparison)) {
    const PluginStateRow& state = use.state;
    Json& one = json.emplace_back(Json{{"variants", use.variants},
                                       {"plugin", state.plugin},
                                       {"kind", state.kind},
                                       {"library", state.so_sha256},
                                       {"build_type", state.build_type},
                                       {"optimised", state.optimised},
                                       {"contract", nullptr},
                                       {"contract_text", use.contract()}});
    if (!state.check) continue;
    one["contract"] = {{"held", state.check->held},
                       {"checks", state.check->checks},
                       {"first_failure", state.check->first_failure},
                       {"checked", state.check->checked},
                       {"data", state.check->data},
                       {"by", state.checked_by_build ? "build" : "assay check"},
                       {"assay_version", state.check->assay_version}};
  }
  return json;
}

}  // namespace assay::report
