#include "execution/model_cache.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>

#include "dataset/safetensors.h"
#include "error/error.h"
#include "results/reader.h"
#include "task/fit_record.h"

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

bool is_cached(const Plan& plan, const std::string& key) {
  const task::FitTask& fit = plan.fits.at(key).task;
  if (!std::filesystem::exists(fit.target.artifact.path)) return false;
  const auto asks = [&](const auto& other) {
    const task::FitTask& refit = other.second.task;
    return refit.validated && refit.validated->key == key &&
           !std::filesystem::exists(refit.target.artifact.path);
  };
  if (std::ranges::none_of(plan.fits, asks)) return true;
  return task::read_fit_record(fit.target.artifact.path).has_value();
}

void recall_fits(const Plan& plan, results::Database& database) {
  std::map<std::string, bool> told;  // with all that there is to tell?
  for (const results::ArtifactRow& row : results::Reader(database).artifacts())
    told[row.artifact_key] = row.seconds && row.fit_bytes;
  for (const auto& [key, fit] : plan.fits) {
    const std::string& path = fit.task.target.artifact.path;
    const auto known = told.find(key);
    if ((known != told.end() && known->second) || !std::filesystem::exists(path)) continue;
    const auto bytes = static_cast<int64_t>(std::filesystem::file_size(path));
    if (std::optional<task::FitRecord> record = task::read_fit_record(path)) {
      record->bytes = bytes;
      database.write(*record);
    } else if (known == told.end()) {
      const task::StageSpec& stage = fit.task.target.stage;
      const std::string part = fit.task.part.empty() ? "" : "." + fit.task.part;
      database.write(
          results::ArtifactRow{key, stage.plugin, stage.place() + part, std::nullopt, bytes});
    }
  }
}

std::vector<std::string> missing_models(const Plan& plan, const std::set<std::string>& models) {
  std::vector<std::string> missing;
  std::set<std::string> seen;
  const std::function<void(const std::string&)> add = [&](const std::string& key) {
    const PlannedFit& fit = plan.fits.at(key);
    if (!seen.insert(key).second || is_cached(plan, key)) return;
    for (const std::string& need : fit.needs) add(need);
    missing.push_back(key);
  };
  for (const std::string& key : models) add(key);
  return missing;
}

}  // namespace assay::execution
