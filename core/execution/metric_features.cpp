#include "execution/metric_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "error/error.h"
#include "task/metric_definition.h"

namespace assay {
namespace {

std::vector<std::string> types_for(const MetricDefinition& definition) {
  const std::string_view distance = definition.option("distance");
  if (distance == "cosine") return {"vector"};
  if (!distance.empty()) return {"set"};
  return {"category", "set"};
}

// What is wrong with the feature that a definition names, or nothing.
std::optional<std::string> problem_of(const MetricDefinition& definition, const PlannedData& data) {
  const std::string wanted(definition.option("of"));
  std::vector<std::string> known;
  for (const auto& feature : data.prepared.info.at("features").at("item")) {
    const std::string name = feature.at("name"), type = feature.at("type");
    known.push_back(name);
    if (name != wanted) continue;
    const std::vector<std::string> types = types_for(definition);
    if (std::ranges::count(types, type)) return std::nullopt;
    return fmt::format("{}: {} of {} is a {} feature; name one of type {}", definition.id, name,
                       data.spec.name, type, fmt::join(types, " or "));
  }
  return fmt::format("{}: {} has no item feature \"{}\"{}", definition.id, data.spec.name, wanted,
                     known.empty() ? "; it has none" : did_you_mean(wanted, known));
}

}  // namespace

void check_metric_features(const MetricsSpec& metrics, const std::vector<PlannedData>& data) {
  std::set<std::string> said;
  std::vector<Problem> problems;
  for (const auto* columns : {&metrics.served, &metrics.pool}) {
    for (const MetricAt& at : *columns) {
      const MetricDefinition definition = parse_metric(at.definition);
      if (definition.option("of").empty()) continue;
      for (const PlannedData& one : data) {
        const auto problem = problem_of(definition, one);
        if (problem && said.insert(*problem).second) problems.push_back({"metrics", *problem, ""});
      }
    }
  }
  if (!problems.empty()) throw UserError(std::move(problems));
}

}  // namespace assay
