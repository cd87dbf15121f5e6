#include "stats/multiple.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "error/error.h"

namespace assay::stats {

namespace {

/// Places of the p values, smallest p first; equal ones in the order given.
std::vector<size_t> ascending(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return p[i]; });
  return order;
}

std::vector<double> bonferroni(std::span<const double> p) {
  std::vector<double> adjusted(p.begin(), p.end());
  for (double& value : adjusted) value = std::min(1.0, value * static_cast<double>(p.size()));
  return adjusted;
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<double> adjusted(p.size());
  double largest = 0.0;
  auto left = static_cast<double>(p.size());
  for (size_t place : ascending(p)) {
    largest = std::max(largest, std::min(1.0, left * p[place]));
    adjusted[place] = largest;
    left -= 1.0;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  std::vector<double> adjusted(p.size());
  const std::vector<size_t> order = ascending(p);
  double smallest = 1.0;
  for (size_t rank = order.size(); rank > 0; --rank) {
    const size_t place = order[rank - 1];
    const double scaled = p[place] * static_cast<double>(p.size()) / static_cast<double>(rank);
    smallest = std::min(smallest, scaled);
    adjusted[place] = smallest;
  }
  return adjusted;
}

}  // namespace

std::vector<double> adjust(std::span<const double> p, Correction correction) {
  for (double value : p) {
    if (value >= 0.0 && value <= 1.0) continue;
    throw error::InternalError(fmt::format("a p value is {}; it must lie in [0, 1]", value));
  }
  switch (correction) {
    case Correction::bonferroni:
      return bonferroni(p);
    case Correction::holm:
      return holm(p);
    case Correction::benjamini_hochberg:
      return benjamini_hochberg(p);
    case Correction::none:
      break;
  }
  return {p.begin(), p.end()};
}

std::string_view correction_name(Correction correction) {
  switch (correction) {
    case Correction::bonferroni:
      return "Bonferroni";
    case Correction::holm:
      return "Holm";
    case Correction::benjamini_hochberg:
      return "Benjamini-Hochberg";
    case Correction::none:
      break;
  }
  return "none";
}

}  // namespace assay::stats
