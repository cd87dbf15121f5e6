#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "clock/time_pattern.h"
#include "clock/time_zone.h"
#include "config/sections.h"
#include "text/lower_case.h"

// What a file of events does not say itself: how its times are written, and what its columns are
// called.

namespace assay::config {
namespace {

/// The unit that a longer word means: "milliseconds", "msec", "days"; "" where it is none.
std::string_view meant_unit(std::string_view word) {
  static constexpr std::pair<std::string_view, std::string_view> kBeginnings[] = {
      {"sec", "s"},      {"mil", "ms"}, {"msec", "ms"}, {"mic", "us"}, {"usec", "us"},
      {"\u00b5s", "us"}, {"nan", "ns"}, {"nsec", "ns"}, {"day", "day"}};
  for (const auto& [beginning, unit] : kBeginnings)
    if (word.starts_with(beginning)) return unit;
  return "";
}

void read_unit(const Section& time, std::string& unit) {
  const Node* node = time.find("unit");
  const std::string word = node && node->is_scalar() ? text::lower_case(node->text) : "";
  const std::string_view meant = meant_unit(word);
  if (meant.empty() || word == meant) {
    time.text("unit", unit);
    return;
  }
  time.problem(
      "unit",
      fmt::format("is {}; it must be {}; did you mean \"{}\"?", shown(*node),
                  allowed_words(*find_key("datasets.*.source.columns.time", "unit")), meant));
}

void check_together(const Section& time, const task::TimeFormat& written) {
  const std::string& unit = written.unit;
  if (!unit.empty() && !written.format.empty()) {
    time.refuse("format",
                "cannot be combined with unit, which is of numbers, as a format is of texts; "
                "remove one of them");
  }
  if (written.zone.empty()) return;
  if (!unit.empty() && unit != "day") {
    time.refuse("zone", fmt::format("cannot be combined with unit: {}, a count from 1970, UTC; "
                                    "remove one of them",
                                    unit));
  }
  const bool can_be_read = clock::TimePattern::problem(written.format).empty();
  if (can_be_read && clock::TimePattern(written.format).has_zone()) {
    time.refuse("zone",
                "cannot be combined with %z or %Z in format, by which each text names its own; "
                "remove one of them");
  }
}

}  // namespace

bool read_time_column(const Section& columns, std::string& column, task::TimeFormat& written) {
  const Node* node = columns.find("time");
  if (node == nullptr) return false;
  if (!node->is_map()) return read_as(*node, columns.path("time"), columns.problems(), column);
  const Section time = columns.sub("time");
  read_unit(time, written.unit);
  const auto check = [&](const char* key, const std::string& problem) {
    if (!problem.empty())
      time.problem(key, fmt::format("is {}, which {}", shown(*time.find(key)), problem));
  };
  if (time.text("format", written.format))
    check("format", clock::TimePattern::problem(written.format));
  if (time.text("zone", written.zone)) check("zone", clock::TimeZone::problem(written.zone));
  check_together(time, written);
  return time.require("name") && time.text("name", column);
}

void read_header(const Section& source, task::DatasetSpec& spec) {
  if (!source.texts("header", spec.header)) return;
  if (!spec.format.empty() && spec.format != "csv" && spec.format != "tsv")
    return source.refuse("header", fmt::format("is for csv and tsv; this is {}", spec.format));
  if (spec.header.empty()) return source.problem("header", "names no column");
  for (auto name = spec.header.begin(); name != spec.header.end(); ++name) {
    if (std::find(spec.header.begin(), name, *name) != name)
      return source.problem("header", fmt::format("names {} twice", *name));
  }
  const Section columns = source.sub("columns");
  for (const auto& [role, column] : spec.columns) {
    if (std::ranges::count(spec.header, column) > 0) continue;
    columns.problem(role, fmt::format("is {}, which header does not name{}", column,
                                      error::did_you_mean(clipped(column), spec.header)));
  }
}

}  // namespace assay::config
