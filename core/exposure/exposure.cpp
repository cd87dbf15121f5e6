#include "exposure/exposure.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "error/error.h"
#include "exposure/served_lists.h"
#include "rules/definition_choice.h"

namespace assay::exposure {
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
  std::optional<double> (*value)(const Exposed& exposed);
};

using E = const Exposed&;

std::optional<double> items_shown(std::span<const int64_t> counts) {
  const auto share = item_coverage(counts);
  return share ? std::optional(std::round(*share * static_cast<double>(counts.size())))
               : std::nullopt;
}

const ItemUsers& known(E exposed) {
  error::require(exposed.known != nullptr, "what asks for the training window is given it");
  return *exposed.known;
}

constexpr Entry kEntries[] = {
    {"item_coverage{catalogue=all}", [](E e) { return item_coverage(e.counts); }},
    {"items_shown", [](E e) { return items_shown(e.counts); }},
    {"gini{catalogue=all}", [](E e) { return gini(e.counts); }},
    {"gini{catalogue=recommended}", [](E e) { return gini(e.counts, true); }},
    {"shannon_entropy{log=2}",
     [](E e) { return scaled(shannon_entropy(e.counts), 1 / std::numbers::ln2); }},
    {"shannon_entropy{log=e}", [](E e) { return shannon_entropy(e.counts); }},
    {"shannon_entropy{log=N}",
     [](E e) { return scaled(shannon_entropy(e.counts), 1 / most_entropy(e.counts)); }},
    {"concentration{top=1%}", [](E e) { return concentration(e.counts, 1); }},
    {"concentration{top=5%}", [](E e) { return concentration(e.counts, 5); }},
    {"concentration{top=10%}", [](E e) { return concentration(e.counts, 10); }},
    {"concentration{top=20%}", [](E e) { return concentration(e.counts, 20); }},
    {"personalisation{similarity=shared}", [](E e) { return personalisation(e); }},
    {"pooled_novelty{unseen=skip}", [](E e) { return pooled_novelty(e.counts, known(e), false); }},
    {"pooled_novelty{unseen=add_one}",
     [](E e) { return pooled_novelty(e.counts, known(e), true); }},
    {"pooled_popularity", [](E e) { return pooled_popularity(e.counts, known(e)); }},
    {"tail_coverage{head=20%}", [](E e) { return tail_coverage(e.counts, known(e), 20); }},
    {"tail_coverage{head=1%}", [](E e) { return tail_coverage(e.counts, known(e), 1); }},
    {"tail_coverage{head=5%}", [](E e) { return tail_coverage(e.counts, known(e), 5); }},
    {"tail_coverage{head=10%}", [](E e) { return tail_coverage(e.counts, known(e), 10); }},
};

struct GroupEntry {
  const char* name;
  std::optional<double> (*value)(std::span<const int64_t> counts, const Groups& groups);
};

constexpr GroupEntry kGroupEntries[] = {{"exposure_disparity", exposure_disparity},
                                        {"worst_group_exposure", worst_group_exposure},
                                        {"shown_categories", shown_groups}};

// Definitions that name a feature; without it there is no value.
std::optional<double> group_value(std::string_view definition, const Exposed& exposed) {
  const std::string_view name = definition.substr(0, definition.find('{'));
  for (const GroupEntry& entry : kGroupEntries) {
    if (entry.name != name) continue;
    return exposed.groups ? entry.value(exposed.counts, *exposed.groups) : std::nullopt;
  }
  throw error::InternalError("no catalogue metric is called " + std::string(definition));
}

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

std::optional<double> concentration(std::span<const int64_t> counts, int64_t percent) {
  const double total = total_of(counts);
  if (total == 0) return std::nullopt;
  std::vector<int64_t> sorted(counts.begin(), counts.end());
  const size_t top = (sorted.size() * static_cast<size_t>(percent) + 99) / 100;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  return total_of(std::span(sorted).first(top)) / total;
}

std::optional<double> personalisation(const Exposed& exposed) {
  if (exposed.lists < 2 || total_of(exposed.counts) == 0) return std::nullopt;
  int64_t shared = 0;  // ordered pairs of lists and an item that both hold
  for (const int64_t count : exposed.counts) shared += count * (count - 1);
  const double pairs = static_cast<double>(exposed.lists * (exposed.lists - 1));
  return 1 - static_cast<double>(shared) / (pairs * static_cast<double>(exposed.cutoff));
}

std::vector<std::string> catalogue_definitions() {
  std::vector<std::string> definitions;
  for (const Entry& entry : kEntries) definitions.emplace_back(entry.definition);
  return definitions;
}

std::optional<double> catalogue_value(std::string_view definition, const Exposed& exposed) {
  if (!rules::choice_of(definition, "of").empty()) return group_value(definition, exposed);
  for (const Entry& entry : kEntries) {
    if (entry.definition == definition) return entry.value(exposed);
  }
  throw error::InternalError("no catalogue metric is called " + std::string(definition));
}

}  // namespace assay::exposure
