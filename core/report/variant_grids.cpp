#include "report/variant_grids.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "analysis/finding.h"
#include "report/all_pairs.h"
#include "stats/verdict.h"
#include "text/parts.h"

namespace assay::report {

namespace {

/// A name as core/config/grid.h makes it: "knn[neighbours=20,shrinkage=0]". Nothing where it is none.
struct MemberName {
  std::string grid;
  std::vector<std::string> parameters, values;
};

std::optional<MemberName> parse_member(const std::string& variant) {
  const size_t bracket = variant.find('[');
  if (bracket == std::string::npos || !variant.ends_with(']')) return std::nullopt;
  MemberName name{variant.substr(0, bracket), {}, {}};
  const std::string inside = variant.substr(bracket + 1, variant.size() - bracket - 2);
  for (const std::string& part : text::parts_of(inside, ",")) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) return std::nullopt;
    name.parameters.push_back(part.substr(0, equals));
    name.values.push_back(part.substr(equals + 1));
  }
  return name;
}

std::optional<double> number_of(const std::string& text) {
  double number = 0.0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

std::vector<std::string> without_baseline(const Comparison& comparison,
                                          const std::string& dataset) {
  std::vector<std::string> ranked = ranked_variants(comparison, dataset);
  std::erase(ranked, comparison.baseline);
  return ranked;
}

bool is_called_worse(const Comparison& comparison, const std::string& variant) {
  return std::ranges::any_of(comparison.datasets, [&](const std::string& dataset) {
    const results::ComparisonRow* row =
        comparison.comparison(variant, dataset, comparison.metric.definition, comparison.cutoff);
    return row != nullptr && row->verdict == stats::verdict_word(stats::Verdict::worse);
  });
}

bool breaks_guardrail(const Comparison& comparison, const std::string& variant) {
  return std::ranges::any_of(comparison.datasets, [&](const std::string& dataset) {
    return std::ranges::any_of(comparison.guardrails(variant, dataset), [](const auto* row) {
      return row->verdict == analysis::kGuardrailBroken;
    });
  });
}

}  // namespace

std::vector<std::string> VariantGrid::values_of(size_t parameter) const {
  std::vector<std::string> values;
  for (const GridMember& member : members) {
    const std::string& value = member.values[parameter];
    if (std::ranges::count(values, value) == 0) values.push_back(value);
  }
  const bool numbers =
      std::ranges::all_of(values, [](const auto& value) { return number_of(value).has_value(); });
  if (numbers) std::ranges::stable_sort(values, {}, number_of);
  return values;
}

std::vector<VariantGrid> variant_grids(const std::vector<std::string>& variants) {
  std::vector<VariantGrid> grids;
  for (const std::string& variant : variants) {
    const std::optional<MemberName> name = parse_member(variant);
    if (!name) continue;
    auto grid = std::ranges::find_if(grids, [&](const VariantGrid& known) {
      return known.name == name->grid && known.parameters == name->parameters;
    });
    if (grid == grids.end()) grid = grids.insert(grids.end(), {name->grid, name->parameters, {}});
    grid->members.push_back({variant, name->values});
  }
  std::erase_if(grids, [](const VariantGrid& grid) { return grid.members.size() < 2; });
  return grids;
}

std::vector<VariantGrid> large_grids(const std::vector<std::string>& variants) {
  std::vector<VariantGrid> grids = variant_grids(variants);
  std::erase_if(grids, [](const VariantGrid& grid) { return grid.members.size() < kLargeGrid; });
  return grids;
}

std::string best_variant(const Comparison& comparison) {
  for (const std::string& dataset : comparison.datasets) {
    const std::vector<std::string> ranked = without_baseline(comparison, dataset);
    if (!ranked.empty()) return ranked.front();
  }
  return "";
}

std::string candidate(const Comparison& comparison) {
  if (!comparison.primary) return "";
  for (const std::string& dataset : comparison.datasets) {
    for (const std::string& variant : without_baseline(comparison, dataset)) {
      if (!is_called_worse(comparison, variant) && !breaks_guardrail(comparison, variant))
        return variant;
    }
  }
  return "";
}

std::set<std::string> hidden_members(const Comparison& comparison) {
  std::set<std::string> hidden;
  for (const VariantGrid& grid : large_grids(comparison.variants)) {
    std::set<std::string> members;
    for (const GridMember& member : grid.members) members.insert(member.variant);
    hidden.insert(members.begin(), members.end());
    for (const std::string& dataset : comparison.datasets) {
      size_t shown = 0;
      for (const std::string& variant : without_baseline(comparison, dataset)) {
        if (members.contains(variant) && shown++ < kBestMembers) hidden.erase(variant);
      }
    }
  }
  hidden.erase(comparison.baseline);
  hidden.erase(candidate(comparison));
  return hidden;
}

Comparison without_variants(Comparison comparison, const std::set<std::string>& hidden) {
  const auto is_hidden = [&](const auto& row) { return hidden.contains(row.variant); };
  std::erase_if(comparison.variants,
                [&](const std::string& variant) { return hidden.contains(variant); });
  std::erase_if(comparison.summaries, is_hidden);
  std::erase_if(comparison.comparisons, is_hidden);
  std::erase_if(comparison.sliced, is_hidden);
  std::erase_if(comparison.error_sources, is_hidden);
  std::erase_if(comparison.latencies, is_hidden);
  std::erase_if(comparison.loads, is_hidden);
  std::erase_if(comparison.losses, is_hidden);
  std::erase_if(comparison.trials, is_hidden);
  for (auto& [dataset, letters] : comparison.letters)
    std::erase_if(letters, [&](const auto& one) { return hidden.contains(one.first); });
  return comparison;
}

}  // namespace assay::report
