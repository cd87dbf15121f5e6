#include "execution/metric_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "error/error.h"
#include "metric_catalog/metric_definition.h"

namespace assay::execution {
namespace {

std::vector<std::string> types_for(const metric_catalog::MetricDefinition& definition) {
  const std::string_view distance = definition.option("distance");
  if (distance == "cosine" || definition.option("surprise") == "cosine") return {"vector"};
  if (!distance.empty()) return {"set"};
  return {"category", "set"};
}

// What is wrong with the feature that a definition names, or nothing.
// @param of      "item" or "user"
// @param option  where the definition names it
std::optional<std::string> problem_of(const metric_catalog::MetricDefinition& definition,
                                      const char* of, const char* option, const PlannedData& data) {
  const std::string wanted(definition.option(option));
  if (wanted.empty()) return std::nullopt;
  std::vector<std::string> known;
  for (const auto& feature : data.prepared.info.at("features").at(of)) {
    const std::string name = feature.at("name"), type = feature.at("type");
    known.push_back(name);
    if (name != wanted) continue;
    const std::vector<std::string> types = types_for(definition);
    if (std::ranges::count(types, type)) return std::nullopt;
    return fmt::format("{}: {} of {} is a {} feature; name one of type {}", definition.id, name,
                       data.spec.name, type, fmt::join(types, " or "));
  }
  return fmt::format("{}: {} has no {} feature \"{}\"{}", definition.id, data.spec.name, of, wanted,
                     known.empty() ? "; it has none" : error::did_you_mean(wanted, known));
}

}  // namespace

void check_metric_features(const task::MetricsSpec& metrics, const std::vector<PlannedData>& data) {
  std::set<std::string> said;
  std::vector<error::Problem> problems;
  for (const auto* columns : {&metrics.served, &metrics.pool}) {
    for (const task::MetricAt& at : *columns) {
      const metric_catalog::MetricDefinition definition =
          metric_catalog::parse_metric(at.definition);
      if (definition.needs_any(metric_catalog::MetricNeed::plugin)) continue;
      for (const PlannedData& one : data) {
        for (const auto& [of, option] : {std::pair{"item", "of"}, std::pair{"user", "by"}}) {
          const auto problem = problem_of(definition, of, option, one);
          if (problem && said.insert(*problem).second)
            problems.push_back({"metrics", *problem, ""});
        }
      }
    }
  }
  if (!problems.empty()) throw error::UserError(std::move(problems));
}

}  // namespace assay::execution
