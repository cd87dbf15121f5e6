#include <assay/error.h>
#include <assay/extra/features/choose_feature.h>

#include <algorithm>

namespace assay::extra {
namespace {

std::string type_name(FeatureType type) {
  switch (type) {
    case FeatureType::category:
      return "category";
    case FeatureType::number:
      return "number";
    case FeatureType::set:
      return "set";
    case FeatureType::vector:
      return "vector";
    case FeatureType::text:
      return "text";
  }
  return "";
}

// "category", "category or set", "category, set or vector"
std::string alternatives(const std::vector<FeatureType>& types) {
  std::string text;
  for (size_t i = 0; i < types.size(); ++i) {
    if (i > 0) text += i + 1 < types.size() ? ", " : " or ";
    text += type_name(types[i]);
  }
  return text;
}

bool fits(const Feature& feature, const WantedFeature& wanted) {
  return std::ranges::find(wanted.types, feature.type) != wanted.types.end();
}

}  // namespace

const Feature& choose_feature(const FeatureTable& table, const WantedFeature& wanted) {
  const std::string expected = alternatives(wanted.types);
  if (!wanted.name.empty()) {
    const Feature& named = table.at(wanted.name);
    if (fits(named, wanted)) return named;
    throw InvalidInput(wanted.who + ": the " + wanted.of + " feature \"" + wanted.name +
                       "\" is a " + type_name(named.type) + "; name a " + expected + ".");
  }
  std::vector<const Feature*> fitting;
  std::string names;
  for (const Feature& one : table.columns) {
    if (!fits(one, wanted)) continue;
    fitting.push_back(&one);
    names += (names.empty() ? "" : ", ") + one.name;
  }
  if (fitting.size() == 1) return *fitting.front();
  if (fitting.empty()) {
    throw InvalidInput(wanted.who + ": " + wanted.of + "s have no " + expected +
                       " feature; add a feature file for " + wanted.of + "s.");
  }
  throw InvalidInput(wanted.who + ": " + wanted.of + "s have " + std::to_string(fitting.size()) +
                     " features that fit (" + names + "); set `feature` to one of them.");
}

}  // namespace assay::extra
