#include <assay/error.h>
#include <assay/features.h>

#include <string>
#include <vector>

#include "rules/edit_distance.h"

namespace assay {
namespace {

std::string did_you_mean(const std::string& name, const std::vector<Feature>& known) {
  const auto near = rules::nearest_name(name, known, &Feature::name);
  return near ? "; did you mean \"" + known[*near].name + "\"?" : "";
}

}  // namespace

const Feature* FeatureTable::find(const std::string& name) const {
  for (const Feature& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

const Feature& FeatureTable::at(const std::string& name) const {
  if (const Feature* found = find(name)) return *found;
  std::string known;
  for (const Feature& column : columns) known += (known.empty() ? "" : ", ") + column.name;
  throw InvalidInput(
      "the data have no feature \"" + name + "\"" +
      (known.empty() ? "; they have no features of this kind" : "; known: " + known) +
      did_you_mean(name, columns));
}

}  // namespace assay
