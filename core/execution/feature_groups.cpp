#include "execution/feature_groups.h"

namespace assay::execution {

std::optional<exposure::Groups> read_groups(const dataset::PreparedData& data,
                                            const std::string& of, const std::string& feature) {
  for (const auto& known : data.info().at("features").at(of)) {
    if (known.at("name") != feature) continue;
    const std::string type = known.at("type"), prefix = of + ".feature." + feature;
    if (type != "set" && type != "category") return std::nullopt;
    exposure::Groups groups;
    groups.count = known.at("cardinality");
    if (type == "set") {
      const dataset::RaggedView sets = data.ragged(prefix + ".set");
      groups.values.assign(sets.values.begin(), sets.values.end());
      groups.offsets.assign(sets.offsets.begin(), sets.offsets.end());
      return groups;
    }
    for (const int32_t category : data.array<int32_t>(prefix + ".values")) {
      if (category >= 0) groups.values.push_back(category);
      groups.offsets.push_back(static_cast<int64_t>(groups.values.size()));
    }
    return groups;
  }
  return std::nullopt;
}

}  // namespace assay::execution
