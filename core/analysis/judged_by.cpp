#include "analysis/judged_by.h"

#include <nlohmann/json.hpp>

namespace assay::analysis {

std::string judged_by_text(const AnalysisSettings& settings, const std::string& stored) {
  nlohmann::json json = {{"rules", kRules},
                         {"compare", settings.compare},
                         {"metrics", settings.metrics},
                         {"seed", settings.seed},
                         {"stored", stored}};
  if (!settings.estimators.empty()) json["estimators"] = settings.estimators;
  if (!settings.estimator_parameters.empty())
    json["estimator_parameters"] = settings.estimator_parameters;
  return json.dump();
}

int rules_of(const std::string& judged_by) {
  const auto json = nlohmann::json::parse(judged_by, nullptr, false);
  return json.is_object() ? json.value("rules", 1) : 1;
}

std::optional<AnalysisSettings> judged_settings(const std::string& judged_by) {
  const auto json = nlohmann::json::parse(judged_by, nullptr, false);
  if (!json.is_object() || json.value("rules", 1) != kRules) return std::nullopt;
  AnalysisSettings settings;
  settings.compare = json.at("compare").get<task::CompareSpec>();
  settings.metrics = json.at("metrics").get<task::MetricsSpec>();
  settings.seed = json.at("seed").get<uint64_t>();
  settings.estimators = json.value("estimators", std::vector<std::string>());
  settings.estimator_parameters =
      json.value("estimator_parameters", std::map<std::string, double>());
  return settings;
}

}  // namespace assay::analysis
