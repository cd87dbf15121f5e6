#include "execution/cache_forecast.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "dataset/disk_space.h"
#include "text/counted.h"

namespace assay::execution {
namespace {

namespace fs = std::filesystem;

/// -1 where it is not there.
int64_t size_of(const std::string& path) {
  std::error_code gone;
  const auto bytes = fs::file_size(path, gone);
  return gone ? -1 : static_cast<int64_t>(bytes);
}

/// The largest earlier fit of each strategy: data may have grown since, or be another.
std::map<std::string, int64_t> largest(const std::vector<results::ArtifactRow>& earlier) {
  std::map<std::string, int64_t> out;
  for (const results::ArtifactRow& row : earlier)
    if (row.bytes) out[row.plugin] = std::max(out[row.plugin], *row.bytes);
  return out;
}

std::string basis_text(const CacheForecast& forecast) {
  std::vector<std::string> parts;
  if (forecast.by_earlier > 0)
    parts.push_back(
        fmt::format("{} by the largest earlier fit of the strategy", forecast.by_earlier));
  if (forecast.by_memory > 0)
    parts.push_back(fmt::format("{} by the memory that the plugin declares", forecast.by_memory));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::set<std::string> open_fits(const Plan& plan, const results::Database* database) {
  std::vector<std::string> keys;
  for (const PlannedTrial& trial : plan.trials) keys.push_back(trial.key);
  std::set<std::string> done, fits;
  if (database != nullptr) {
    for (const results::TrialState& state : database->trial_states(keys))
      if (state.status == results::TrialState::Status::done) done.insert(state.trial_key);
  }
  for (const PlannedTrial& trial : plan.trials)
    if (!done.contains(trial.key)) fits.insert(trial.artifacts.begin(), trial.artifacts.end());
  return fits;
}

std::set<std::string> learning_logs(const Plan& plan) {
  std::set<std::string> out;
  for (const auto& [key, fit] : plan.fits)
    if (fit.data_path != plan.data[fit.data].prepared.path) out.insert(fit.data_path);
  return out;
}

CacheForecast cache_forecast(const Plan& plan, const std::set<std::string>& wanted,
                             const std::set<std::string>& data_files,
                             const std::map<std::string, FitMemory>& memory,
                             const std::vector<results::ArtifactRow>& earlier) {
  CacheForecast out;
  for (const std::string& path : data_files) {
    const int64_t bytes = size_of(path);
    if (bytes < 0) continue;
    ++out.data_files;
    out.data_bytes += bytes;
  }
  const std::map<std::string, int64_t> before = largest(earlier);
  for (const std::string& key : wanted) {
    const task::FittedStage& target = plan.fits.at(key).task.target;
    if (const int64_t bytes = size_of(target.artifact.path); bytes >= 0) {
      ++out.model_files;
      out.model_bytes += bytes;
      continue;
    }
    ++out.models;
    const auto known = before.find(target.stage.plugin);
    const auto needs = memory.find(key);
    if (known != before.end()) {
      ++out.by_earlier;
      out.bytes += known->second;
    } else if (needs != memory.end() && needs->second.source == MemorySource::declared) {
      ++out.by_memory;
      out.bytes += needs->second.serve;
    } else {
      out.unknown.insert(target.stage.plugin);
    }
  }
  return out;
}

std::vector<std::string> cache_lines(const CacheForecast& forecast) {
  using dataset::bytes_text;
  std::vector<std::string> lines = {fmt::format(
      "{} there: {} of data {}, {} {}", bytes_text(forecast.data_bytes + forecast.model_bytes),
      text::counted(forecast.data_files, "file"), bytes_text(forecast.data_bytes),
      text::counted(forecast.model_files, "model"), bytes_text(forecast.model_bytes))};
  if (forecast.models == 0) {
    lines.push_back("nothing to add");
    return lines;
  }
  const int64_t known = forecast.by_earlier + forecast.by_memory;
  if (known > 0)
    lines.push_back(fmt::format("about {} to add: {} ({})", bytes_text(forecast.bytes),
                                text::counted(known, "model"), basis_text(forecast)));
  if (!forecast.unknown.empty())
    lines.push_back(fmt::format(
        "to add, of unknown size: {} ({}), not fitted in this database "
        "before",
        text::counted(forecast.models - known, "model"), fmt::join(forecast.unknown, ", ")));
  return lines;
}

nlohmann::json to_json(const CacheForecast& forecast) {
  return {{"there",
           {{"data_files", forecast.data_files},
            {"data_bytes", forecast.data_bytes},
            {"models", forecast.model_files},
            {"model_bytes", forecast.model_bytes}}},
          {"to_add",
           {{"models", forecast.models},
            {"bytes", forecast.bytes},
            {"by_earlier_fits", forecast.by_earlier},
            {"by_declared_memory", forecast.by_memory},
            {"unknown", forecast.unknown}}}};
}

void check_cache_disk(const CacheForecast& forecast, const std::string& cache_dir) {
  const int64_t known = forecast.by_earlier + forecast.by_memory;
  dataset::check_disk(cache_dir, {{text::counted(known, "model"), forecast.bytes}});
}

}  // namespace assay::execution
