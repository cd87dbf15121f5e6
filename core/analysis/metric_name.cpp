#include "analysis/metric_name.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "error/error.h"
#include "metric_catalog/metric_definition.h"

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

namespace {

constexpr std::string_view kLibrary = "library";

using metric_catalog::MetricText;

std::optional<std::string> choice(const MetricText& text, std::string_view key) {
  for (const auto& [name, value] : text.choices)
    if (name == key) return value;
  return std::nullopt;
}

/// Whether `wanted`, as an experiment file says it, can only mean the plugin's metric `kept`, whose
/// definition adds the library and leaves out what is at its default.
bool means(const MetricText& wanted, const MetricText& kept) {
  if (wanted.name != kept.name || !choice(kept, kLibrary)) return false;
  const auto agrees = [&](const auto& one) {
    const auto& [name, value] = one;
    return name == kLibrary || choice(wanted, name) == value;
  };
  const auto is_known = [&](const auto& one) {
    const auto kept_value = choice(kept, one.first);
    return !kept_value || *kept_value == one.second;
  };
  return std::ranges::all_of(kept.choices, agrees) && std::ranges::all_of(wanted.choices, is_known);
}

/// The id of one of assay's own metrics with all its choices; the text itself where it is none.
std::string in_full(std::string_view text) {
  try {
    return metric_catalog::parse_metric(std::string(text)).id;
  } catch (const error::UserError&) {
    return std::string(text);
  }
}

/// Its parts; nothing where the text is malformed.
std::optional<MetricText> parts_of(std::string_view text) {
  try {
    return metric_catalog::split_metric(text);
  } catch (const error::UserError&) {
    return std::nullopt;
  }
}

}  // namespace

const results::MetricRow* find_metric(std::span<const results::MetricRow> metrics,
                                      std::string_view name) {
  const auto first = [&](auto&& fits) {
    const auto found = std::ranges::find_if(metrics, fits);
    return found == metrics.end() ? nullptr : &*found;
  };
  if (const auto* exact = first([&](const results::MetricRow& metric) {
        return metric.name == name || metric.definition == name;
      }))
    return exact;
  if (const auto* own = first([id = in_full(name)](const results::MetricRow& metric) {
        return metric.definition == id;
      }))
    return own;
  const std::optional<MetricText> wanted = parts_of(name);
  if (!wanted) return nullptr;
  return first([&](const results::MetricRow& metric) {
    const std::optional<MetricText> kept = parts_of(metric.definition);
    return kept && means(*wanted, *kept);
  });
}

}  // namespace assay::analysis
