#include "exposure/exposure.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "error/error.h"

namespace assay {
namespace {

double total_of(std::span<const int64_t> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
}

std::optional<double> scaled(std::optional<double> value, double factor) {
  return value ? std::optional(*value * factor) : std::nullopt;
}

// Of a catalogue of one item the most there can be is 0, and so is the share.
double most_entropy(std::span<const int64_t> counts) {
  return counts.size() > 1 ? std::log(static_cast<double>(counts.size())) : 1.0;
}

struct Entry {
  const char* definition;
  std::optional<double> (*value)(std::span<const int64_t> counts);
};

using Counts = std::span<const int64_t>;

constexpr Entry kEntries[] = {
    {"item_coverage{catalogue=all}", [](Counts c) { return item_coverage(c); }},
    {"gini{catalogue=all}", [](Counts c) { return gini(c); }},
    {"gini{catalogue=recommended}", [](Counts c) { return gini(c, true); }},
    {"shannon_entropy{log=2}",
     [](Counts c) { return scaled(shannon_entropy(c), 1 / std::numbers::ln2); }},
    {"shannon_entropy{log=e}", [](Counts c) { return shannon_entropy(c); }},
    {"shannon_entropy{log=N}",
     [](Counts c) { return scaled(shannon_entropy(c), 1 / most_entropy(c)); }},
};

}  // namespace

std::optional<double> item_coverage(std::span<const int64_t> counts) {
  const auto shown = std::count_if(counts.begin(), counts.end(), [](int64_t c) { return c > 0; });
  if (shown == 0) return std::nullopt;
  return static_cast<double>(shown) / static_cast<double>(counts.size());
}

std::optional<double> gini(std::span<const int64_t> counts, bool recommended_only) {
  std::vector<int64_t> sorted(counts.begin(), counts.end());
  if (recommended_only) std::erase(sorted, 0);
  std::sort(sorted.begin(), sorted.end());
  const double items = static_cast<double>(sorted.size()), total = total_of(sorted);
  if (total == 0) return std::nullopt;
  double weighted = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    weighted += (2.0 * static_cast<double>(i + 1) - items - 1) * static_cast<double>(sorted[i]);
  }
  return weighted / (items * total);
}

std::optional<double> shannon_entropy(std::span<const int64_t> counts) {
  const double total = total_of(counts);
  if (total == 0) return std::nullopt;
  double entropy = 0;
  for (const int64_t count : counts) {
    const double share = static_cast<double>(count) / total;
    if (count > 0) entropy -= share * std::log(share);
  }
  return entropy;
}

std::vector<std::string> catalogue_definitions() {
  std::vector<std::string> definitions;
  for (const Entry& entry : kEntries) definitions.emplace_back(entry.definition);
  return definitions;
}

std::optional<double> catalogue_value(std::string_view definition,
                                      std::span<const int64_t> counts) {
  for (const Entry& entry : kEntries) {
    if (entry.definition == definition) return entry.value(counts);
  }
  throw InternalError("no catalogue metric is called " + std::string(definition));
}

}  // namespace assay
