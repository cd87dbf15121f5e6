#include "execution/model_cache.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <functional>

#include "dataset/safetensors.h"
#include "error/error.h"

namespace assay::execution {
namespace {

bool is_whole(const std::string& path) {
  try {
    return dataset::SafetensorsFile::open(path).intact();
  } catch (const error::UserError&) {
    return false;
  }
}

std::set<std::string> wanted(const TrialBoard& board) {
  std::set<std::string> artifacts;
  for (const std::string& key : board.keys()) {
    if (!board.is_open(key)) continue;
    const std::vector<std::string>& own = board.trial(key).artifacts;
    artifacts.insert(own.begin(), own.end());
  }
  return artifacts;
}

}  // namespace

std::string remove_damaged_models(const Plan& plan, const TrialBoard& board) {
  std::vector<std::string> damaged;
  const auto check = [&](const std::string& path, const std::string& what) {
    if (path.empty() || !std::filesystem::exists(path) || is_whole(path)) return;
    std::filesystem::remove(path);
    damaged.push_back(fmt::format("{} ({})", what, path));
  };
  for (const std::string& key : wanted(board)) {
    const task::FitTask& fit = plan.fits.at(key).task;
    check(fit.target.artifact.path, fit.target.stage.plugin);
    check(fit.checkpoint_path, "checkpoint of " + fit.target.stage.plugin);
  }
  if (damaged.empty()) return "";
  return fmt::format("fitted models in the cache are damaged and are fitted again: {}",
                     fmt::join(damaged, ", "));
}

std::vector<std::string> missing_models(const Plan& plan, const std::set<std::string>& models) {
  std::vector<std::string> missing;
  std::set<std::string> seen;
  const std::function<void(const std::string&)> add = [&](const std::string& key) {
    const PlannedFit& fit = plan.fits.at(key);
    if (!seen.insert(key).second || std::filesystem::exists(fit.task.target.artifact.path)) return;
    for (const std::string& need : fit.needs) add(need);
    missing.push_back(key);
  };
  for (const std::string& key : models) add(key);
  return missing;
}

}  // namespace assay::execution
