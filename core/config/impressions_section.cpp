#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "config/scalar.h"
#include "config/sections.h"

namespace assay::config {
namespace {

void read_path(const Section& section, task::ImpressionsSpec& spec) {
  if (!section.require("path")) return;
  std::string path;
  if (!section.text("path", path)) return;
  spec.path = absolute_path(*section.find("path"), path);
  std::error_code ignored;
  if (std::filesystem::exists(spec.path, ignored)) return;
  section.problem(
      "path", fmt::format("is {}, but {} does not exist", shown(*section.find("path")), spec.path));
}

void read_format(const Section& section, task::ImpressionsSpec& spec) {
  section.require("format");
  section.text("format", spec.format);
  if (section.text("delimiter", spec.delimiter) && spec.delimiter.size() != 1) {
    section.problem("delimiter", fmt::format("is {}; it must be one character",
                                             shown(*section.find("delimiter"))));
    spec.delimiter = ",";
  }
  if (section.has("delimiter") && !spec.format.empty() && spec.format != "csv")
    section.refuse("delimiter", fmt::format("is for csv only; this is {}", spec.format));
  section.texts("header", spec.header);
  if (section.has("header") && spec.format != "csv" && spec.format != "tsv")
    section.refuse("header", fmt::format("is for csv and tsv only; this is {}", spec.format));
}

void read_time(const Section& columns, task::ImpressionsSpec& spec) {
  std::string column;
  if (read_time_column(columns, column, spec.time)) spec.columns["time"] = column;
}

void read_columns(const Section& section, task::ImpressionsSpec& spec) {
  const Section columns = section.sub("columns");
  for (const char* role : {"request", "user", "item", "position", "propensity", "allowed"}) {
    std::string column;
    if (columns.text(role, column)) spec.columns[role] = column;
  }
  read_time(columns, spec);
  for (auto one = spec.columns.begin(); one != spec.columns.end(); ++one) {
    for (auto other = spec.columns.begin(); other != one; ++other) {
      if (one->second != other->second) continue;
      columns.problem(one->first, fmt::format("is {}, and so is {}; one column has one role",
                                              one->second, other->first));
    }
  }
  section.texts("item_from", spec.item_from);
  if (section.has("item_from") && spec.columns.contains("item"))
    section.refuse("item_from", "is for tables without item ids; columns.item names them");
}

void bound(const Section& label, const char* key, std::optional<double>& out) {
  double value = 0;
  if (label.number(key, value)) out = value;
}

// A number, or a text.
void read_equals(const Section& label, task::TargetSpec& out) {
  const Node* node = label.find("equals");
  if (node == nullptr) return;
  if (node->is_scalar() && std::holds_alternative<std::string>(read_scalar(*node))) {
    std::string value;
    if (read_as(*node, label.path("equals"), label.problems(), value)) out.equals_text = value;
    return;
  }
  double value = 0;
  if (read_as(*node, label.path("equals"), label.problems(), value)) out.equals = value;
}

void read_labels(const Section& section, task::ImpressionsSpec& spec) {
  const std::vector<std::string> tables = {"csv", "tsv", "jsonl", "parquet"};
  const bool known = !spec.format.empty() && std::ranges::count(tables, spec.format) == 0;
  if (known && !section.has("labels")) return;
  if (!section.require("labels")) return;
  section.each_named("labels", [&](const Key& key, const Node& node) {
    const Section label(section.problems(), &node, "datasets.*.source.impressions.labels.*",
                        join_keys(section.path("labels"), key.text));
    task::TargetSpec read{.name = key.text};
    if (label.exists()) label.require("column");
    label.text("column", read.column);
    bound(label, "at_least", read.at_least);
    bound(label, "at_most", read.at_most);
    read_equals(label, read);
    if (label.has("equals") && (read.at_least || read.at_most))
      label.refuse("equals", "cannot be combined with at_least or at_most; remove one of them");
    if (read.at_least && read.at_most && *read.at_least > *read.at_most)
      label.problem("at_most",
                    fmt::format("is {}, below at_least, which is {}: nothing is positive",
                                *read.at_most, *read.at_least));
    spec.labels.push_back(std::move(read));
  });
  if (section.check_map("labels") && spec.labels.empty())
    section.problem("labels", "names no label");
}

}  // namespace

std::optional<task::ImpressionsSpec> read_impressions(const Section& source) {
  if (!source.has("impressions")) return std::nullopt;
  const Section section = source.sub("impressions");
  task::ImpressionsSpec spec;
  if (!section.exists()) return spec;
  spec.where = section.place().text();
  read_path(section, spec);
  read_format(section, spec);
  read_columns(section, spec);
  read_labels(section, spec);
  section.texts("context", spec.context);
  return spec;
}

}  // namespace assay::config
