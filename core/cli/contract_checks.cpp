#include "cli/contract_checks.h"

#include <fmt/format.h>

#include <set>
#include <tuple>

#include "error/error.h"
#include "execution/ask_worker.h"

namespace assay::cli {

namespace {

using execution::UsedPlugin;

std::string name_of(const UsedPlugin& plugin) {
  return fmt::format("{} ({})", plugin.state.plugin, plugin.state.kind);
}

/// Several variants may call one plugin.
std::vector<UsedPlugin> each_once(const std::vector<UsedPlugin>& plugins) {
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  std::vector<UsedPlugin> once;
  for (const UsedPlugin& plugin : plugins) {
    if (seen.insert({plugin.state.plugin, plugin.state.kind, plugin.state.so_sha256}).second)
      once.push_back(plugin);
  }
  return once;
}

bool holds_by_build(const UsedPlugin& plugin) {
  return plugin.state.checked_by_build && plugin.state.check->holds();
}

void check(const Workspace& workspace, const UsedPlugin& plugin) {
  execution::answer_of_worker({workspace.plugins.worker, "--check", plugin.library, "--strategy",
                               plugin.state.plugin, "--format", "none", "--record-in",
                               checks_folder(workspace.cache)});
}

error::Problem problem_of(const UsedPlugin& plugin) {
  const std::string found = plugin.state.check
                                ? plugin.state.check->text()
                                : std::string("the result of its check was not kept");
  return {plugin.library,
          fmt::format("{}: {}. `assay check {}` shows all; without --check the run goes on",
                      name_of(plugin), found, plugin.library),
          ""};
}

}  // namespace

std::string checks_folder(const std::string& cache) { return cache + "/checks"; }

std::vector<UsedPlugin> used_plugins(const Workspace& workspace,
                                     const task::Experiment& experiment) {
  // Only the libraries that the experiment uses are asked how they were built; that they answer is
  // known, since it was loaded from them.
  execution::PluginSearch search = workspace.plugins;
  search.folders.clear();
  search.libraries.clear();
  const std::string folder = checks_folder(workspace.cache);
  for (const UsedPlugin& plugin : execution::used_plugins(experiment, {}, folder))
    search.libraries.push_back(plugin.library);
  return execution::used_plugins(experiment, load_catalog(search), folder);
}

void check_plugins(const Workspace& workspace, const task::Experiment& experiment, bool quiet) {
  for (const UsedPlugin& plugin : each_once(used_plugins(workspace, experiment))) {
    if (holds_by_build(plugin)) continue;
    if (!quiet) fmt::print(stderr, "check  {}\n", name_of(plugin));
    check(workspace, plugin);
  }
  std::vector<error::Problem> problems;
  for (const UsedPlugin& plugin : each_once(used_plugins(workspace, experiment))) {
    if (!plugin.state.check || !plugin.state.check->holds())
      problems.push_back(problem_of(plugin));
    else if (!quiet && !holds_by_build(plugin))
      fmt::print(stderr, "check  {}: {}\n", name_of(plugin), plugin.state.check->text());
  }
  if (!problems.empty()) throw error::UserError(std::move(problems));
}

}  // namespace assay::cli
