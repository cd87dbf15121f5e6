#include "analysis/metric_name.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace assay::analysis {

MetricName parse_metric_name(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos) return {std::string(text), std::nullopt};
  const std::string_view digits = text.substr(at + 1);
  int cutoff = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), cutoff);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || cutoff < 1) return {std::string(text), std::nullopt};
  return {std::string(text.substr(0, at)), cutoff};
}

std::string metric_text(const std::string& name, int cutoff) {
  return cutoff == 0 ? name : fmt::format("{}@{}", name, cutoff);
}

const results::MetricRow* find_metric(std::span<const results::MetricRow> metrics,
                                      std::string_view name) {
  const auto found = std::ranges::find_if(metrics, [&](const results::MetricRow& metric) {
    return metric.name == name || metric.definition == name;
  });
  return found == metrics.end() ? nullptr : &*found;
}

}  // namespace assay::analysis
