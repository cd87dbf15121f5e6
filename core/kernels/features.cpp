#include <assay/error.h>
#include <assay/features.h>

#include <algorithm>
#include <string>
#include <vector>

namespace assay {
namespace {

/// Edits and swaps of neighbours that make one name of the other.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] =
          std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

/// What the host says of other names: near is at most a third of the name away.
std::string did_you_mean(const std::string& name, const std::vector<Feature>& known) {
  const Feature* nearest = nullptr;
  size_t least = std::max<size_t>(1, name.size() / 3) + 1;
  for (const Feature& one : known) {
    const size_t away = distance(name, one.name);
    if (away < least) {
      least = away;
      nearest = &one;
    }
  }
  return nearest == nullptr ? "" : "; did you mean \"" + nearest->name + "\"?";
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
