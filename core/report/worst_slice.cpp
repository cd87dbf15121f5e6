#include "report/worst_slice.h"

#include <fmt/core.h>

#include <algorithm>

#include "report/numbers.h"
#include "text/counted.h"

namespace assay::report {

namespace {

/// nullptr where no slice is large enough.
const results::ComparisonRow* worst_of(const Comparison& comparison, const std::string& variant,
                                       const std::string& dataset) {
  const double good = comparison.higher_is_better(comparison.metric.definition) ? 1.0 : -1.0;
  const results::ComparisonRow* worst = nullptr;
  for (const results::ComparisonRow& row : comparison.sliced) {
    const bool counts = row.variant == variant && row.dataset == dataset && row.difference &&
                        row.n.value_or(0) >= kRequestsOfASlice;
    if (!counts) continue;
    if (worst == nullptr || good * *row.difference < good * *worst->difference) worst = &row;
  }
  return worst;
}

}  // namespace

std::vector<const results::ComparisonRow*> worst_slices(const Comparison& comparison) {
  std::vector<const results::ComparisonRow*> worst;
  for (const std::string& variant : comparison.variants) {
    for (const std::string& dataset : comparison.datasets) {
      if (const results::ComparisonRow* row = worst_of(comparison, variant, dataset))
        worst.push_back(row);
    }
  }
  return worst;
}

namespace {

struct Told {
  std::string variant, text;
  double difference = 0;  ///< the least good one; less is worse
};

/// One a variant, in the order of the file.
std::vector<Told> told_of(const Comparison& comparison) {
  const double good = comparison.higher_is_better(comparison.metric.definition) ? 1.0 : -1.0;
  std::vector<Told> all;
  for (const results::ComparisonRow* row : worst_slices(comparison)) {
    const std::string where = comparison.datasets.size() > 1 ? " on " + row->dataset : "";
    const std::string text =
        fmt::format("{}{}, {}, n = {}", row->slice, where,
                    difference_text(*row->difference, row->ci_low, row->ci_high),
                    text::counted(*row->n, unit_of(*row)));
    const double difference = good * *row->difference;
    if (all.empty() || all.back().variant != row->variant) {
      all.push_back({row->variant, text, difference});
      continue;
    }
    all.back().text += "; " + text;
    all.back().difference = std::min(all.back().difference, difference);
  }
  return all;
}

std::string sentence_of(const Told& told) {
  return fmt::format("Worst slice of {}: {} (exploratory).", told.variant, told.text);
}

}  // namespace

std::vector<std::string> worst_slice_sentences(const Comparison& comparison, size_t most) {
  std::vector<Told> all = told_of(comparison);
  std::ranges::stable_sort(all, {}, &Told::difference);
  if (all.size() > most) all.resize(most);
  std::vector<std::string> texts;
  for (const Told& told : all) texts.push_back(sentence_of(told));
  return texts;
}

std::string worst_slice_sentence(const Comparison& comparison, const std::string& variant) {
  for (const Told& told : told_of(comparison)) {
    if (told.variant == variant) return sentence_of(told);
  }
  return "";
}

}  // namespace assay::report
