#include <assay/extra/features/near_label.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace assay::extra {
namespace {

bool same(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// Levenshtein 1966.
size_t edits(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (same(a[i], b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string near_label(std::string_view name, std::span<const std::string> known) {
  std::string best;
  size_t fewest = 0;
  for (const std::string& one : known) {
    const size_t count = edits(name, one);
    if (count > std::max<size_t>(1, std::max(name.size(), one.size()) / 3)) continue;
    if (!best.empty() && count >= fewest) continue;
    best = one;
    fewest = count;
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  const std::string near = near_label(name, known);
  return near.empty() ? "" : "; did you mean \"" + near + "\"?";
}

}  // namespace assay::extra
