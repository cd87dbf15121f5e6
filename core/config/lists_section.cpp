#include <fmt/format.h>

#include <filesystem>

#include "config/sections.h"

namespace assay::config {
namespace {

void read_path(const Node& node, const std::string& where, Problems& problems,
               task::ListSpec& spec) {
  std::string file;
  if (!read_as(node, where, problems, file)) return;
  spec.path = absolute_path(node, file);
  std::error_code ignored;
  if (std::filesystem::is_regular_file(spec.path, ignored)) return;
  problems.add(node.place, where,
               fmt::format("is {}, but {} is not a file", shown(node), spec.path));
}

void read_columns(const Section& columns, task::ListSpec& spec) {
  for (const char* role : {"user", "item", "score", "rank"}) {
    std::string column;
    if (!columns.text(role, column)) continue;
    for (const auto& [other, taken] : spec.columns) {
      if (taken != column) continue;
      columns.problem(role,
                      fmt::format("is {}, and so is {}; one column has one role", column, other));
    }
    spec.columns[role] = column;
  }
}

}  // namespace

std::map<std::string, task::ListSpec> read_lists(const Section& dataset) {
  std::map<std::string, task::ListSpec> lists;
  dataset.each_named("lists", [&](const Key& key, const Node& node) {
    const std::string where = join_keys(dataset.path("lists"), key.text);
    task::ListSpec& spec = lists[key.text];
    if (!node.is_map()) return read_path(node, where, dataset.problems(), spec);
    const Section section(dataset.problems(), &node, "datasets.*.lists.*", where);
    if (section.require("path"))
      read_path(*section.find("path"), section.path("path"), dataset.problems(), spec);
    task::ListTies ties;
    if (section.choice("ties", ties)) spec.ties = ties;
    read_columns(section.sub("columns"), spec);
  });
  return lists;
}

}  // namespace assay::config
