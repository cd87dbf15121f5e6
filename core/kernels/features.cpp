#include <assay/error.h>
#include <assay/features.h>

namespace assay {

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
      (known.empty() ? "; they have no features of this kind" : "; known: " + known));
}

}  // namespace assay
