#include "task/data_scope.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "task/json_members.h"

namespace assay::task {

nlohmann::json DataScope::identity() const {
  nlohmann::json out = nlohmann::json::object();
  for (const EventChoice& choice : learn_from)
    if (choice.weight > 0) out["learn_from"][choice.type] = choice.weight;
  for (const auto& [kind, choices] : features) {
    std::set<std::string> names;
    for (const FeatureChoice& choice : choices) names.insert(choice.name);
    out["features"][kind] = names;
  }
  return out;
}

std::string DataScope::text() const {
  std::string out;
  const nlohmann::json seen = identity();
  if (seen.contains("learn_from")) {
    for (const auto& [type, weight] : seen["learn_from"].items()) {
      out += (out.empty() ? "learns from " : ", ") + type;
      if (weight != 1.0) out += fmt::format(" (weight {})", weight.get<double>());
    }
  }
  if (!seen.contains("features")) return out;
  for (const auto& [kind, names] : seen["features"].items()) {
    out += fmt::format("{}sees {} {} features{}{}", out.empty() ? "" : "; ",
                       names.empty() ? "no" : "the", kind, names.empty() ? "" : " ",
                       fmt::join(names.get<std::vector<std::string>>(), ", "));
  }
  return out;
}

ASSAY_JSON(EventChoice, type, weight, where)
ASSAY_JSON(FeatureChoice, name, where)
ASSAY_JSON(DataScope, learn_from, features)

}  // namespace assay::task
