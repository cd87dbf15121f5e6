#include "execution/plugin_states.h"

#include <algorithm>
#include <optional>

namespace assay::execution {
namespace {

using results::PluginStateRow;
using task::ContractCheck;

std::optional<ContractCheck> check_of(const PluginStateRow& state, const std::string& file) {
  for (const ContractCheck& check : task::read_contract_checks(file, state.so_sha256)) {
    if (check.plugin == state.plugin && check.kind == state.kind) return check;
  }
  return std::nullopt;
}

void find_check(PluginStateRow& state, const std::string& library,
                const std::string& checks_folder) {
  const auto by_build = check_of(state, task::contract_file_beside(library));
  const auto by_user = check_of(state, task::contract_file(checks_folder, state.so_sha256));
  const auto same = [&] {
    return by_build->held == by_user->held && by_build->checks == by_user->checks;
  };
  state.checked_by_build = by_build && (!by_user || by_user->checked < by_build->checked || same());
  state.check = state.checked_by_build ? by_build : by_user;
}

class Collector {
 public:
  Collector(const task::PluginCatalog& catalog, const std::string& checks_folder)
      : catalog_(catalog), checks_folder_(checks_folder) {}

  void add(const std::string& variant, const task::Chain& chain) {
    for (const auto* stages : {&chain.recall, &chain.rank, &chain.rerank}) {
      for (const task::StageSpec& stage : *stages) add(variant, stage);
    }
  }

  void add(const std::string& variant, const task::StageSpec& stage) {
    if (!stage.plugin.empty())
      add(variant, stage.plugin, task::name_of(stage.kind), stage.library, stage.library_sha256);
    for (const task::InputSpec& input : stage.inputs) {
      add(variant, input.stage);
      if (input.upstream != nullptr) add(variant, *input.upstream);
    }
    if (stage.unknown != nullptr) add(variant, *stage.unknown);
  }

  void add(const std::string& variant, const std::string& plugin, std::string_view kind,
           const std::string& library, const std::string& library_sha256) {
    const bool known = std::ranges::any_of(plugins_, [&](const UsedPlugin& other) {
      return other.state.variant == variant && other.state.plugin == plugin &&
             other.state.kind == kind && other.state.so_sha256 == library_sha256;
    });
    if (known) return;
    UsedPlugin& used = plugins_.emplace_back();
    used.library = library;
    used.state.variant = variant;
    used.state.plugin = plugin;
    used.state.kind = kind;
    used.state.so_sha256 = library_sha256;
    for (const task::PluginInfo& info : catalog_.plugins()) {
      if (info.name != plugin || task::name_of(info.kind) != kind ||
          info.library_sha256 != library_sha256)
        continue;
      used.state.build_type = info.build_type;
      used.state.optimised = info.optimised;
    }
    find_check(used.state, library, checks_folder_);
  }

  std::vector<UsedPlugin> take() { return std::move(plugins_); }

 private:
  const task::PluginCatalog& catalog_;
  const std::string& checks_folder_;
  std::vector<UsedPlugin> plugins_;
};

}  // namespace

std::vector<UsedPlugin> used_plugins(const task::Experiment& experiment,
                                     const task::PluginCatalog& catalog,
                                     const std::string& checks_folder) {
  Collector collector(catalog, checks_folder);
  for (const task::VariantSpec& variant : experiment.variants)
    collector.add(variant.name, variant.chain);
  for (const task::PluginMetric& metric : experiment.metrics.own)
    collector.add("", metric.plugin, task::name_of(PluginKind::metric), metric.library,
                  metric.library_sha256);
  return collector.take();
}

}  // namespace assay::execution
