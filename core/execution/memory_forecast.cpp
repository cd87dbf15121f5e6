#include "execution/memory_forecast.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace assay::execution {
namespace {

void enlarge(LargestNeed& largest, int64_t bytes, const PlannedFit& fit, const Plan& plan) {
  if (bytes <= largest.bytes) return;
  largest = {bytes, fit.task.target.stage.plugin, plan.data[fit.data].spec.name};
}

std::string need_text(const LargestNeed& need, const char* what) {
  return fmt::format("{} at most ({} on {}) {}", memory_text(need.bytes), need.plugin, need.dataset,
                     what);
}

nlohmann::json need_json(const LargestNeed& need) {
  if (need.bytes == 0) return nullptr;
  return {{"bytes", need.bytes}, {"plugin", need.plugin}, {"dataset", need.dataset}};
}

}  // namespace

MemoryForecast memory_forecast(const Plan& plan, const std::map<std::string, FitMemory>& fits) {
  MemoryForecast out;
  std::map<std::string, int64_t> undeclared;
  for (const auto& [key, memory] : fits) {
    const PlannedFit& fit = plan.fits.at(key);
    if (memory.source == MemorySource::declared) {
      enlarge(out.fit, memory.fit, fit, plan);
      enlarge(out.serve, memory.serve, fit, plan);
    } else {
      undeclared[fit.task.target.stage.plugin] = memory.fit;
    }
  }
  for (const auto& [plugin, measured] : undeclared) out.undeclared.push_back({plugin, measured});
  return out;
}

std::vector<std::string> memory_lines(const MemoryForecast& forecast) {
  std::vector<std::string> needs;
  if (forecast.fit.bytes > 0) needs.push_back(need_text(forecast.fit, "to fit"));
  if (forecast.serve.bytes > 0) needs.push_back(need_text(forecast.serve, "to serve"));
  std::vector<std::string> lines;
  if (!needs.empty()) lines.push_back(fmt::format("{}", fmt::join(needs, ", ")));
  std::vector<std::string> others;
  for (const UndeclaredMemory& other : forecast.undeclared) {
    others.push_back(other.measured == 0 ? other.plugin
                                         : fmt::format("{} ({} in an earlier fit)", other.plugin,
                                                       memory_text(other.measured)));
  }
  if (!others.empty()) lines.push_back(fmt::format("not declared: {}", fmt::join(others, ", ")));
  return lines;
}

nlohmann::json to_json(const MemoryForecast& forecast) {
  nlohmann::json undeclared = nlohmann::json::array();
  for (const UndeclaredMemory& other : forecast.undeclared) {
    undeclared.push_back({{"plugin", other.plugin}, {"earlier_peak_bytes", nullptr}});
    if (other.measured > 0) undeclared.back()["earlier_peak_bytes"] = other.measured;
  }
  return {{"fit", need_json(forecast.fit)},
          {"serve", need_json(forecast.serve)},
          {"not_declared", undeclared}};
}

}  // namespace assay::execution
