#include "analysis/resolved_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace assay::analysis {

namespace {

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
      text.back() == text.front()) {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

struct Line {
  size_t depth = 0;  ///< of two blanks each
  std::string_view key, value;
};

/// Cuts the first line off. A key may hold a colon only in quotes, where it is not followed by the
/// closing one.
Line take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  const size_t indent = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(indent);
  const bool quoted = !line.empty() && (line.front() == '"' || line.front() == '\'');
  const size_t from = quoted ? line.find(line.front(), 1) : 0;
  const size_t colon = line.find(':', from == std::string_view::npos ? 0 : from);
  if (colon == std::string_view::npos) return {indent / 2, line, ""};
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return {indent / 2, unquoted(line.substr(0, colon)), unquoted(value)};
}

}  // namespace

std::optional<std::string> config_value(std::string_view config,
                                        std::initializer_list<std::string_view> path) {
  const auto* wanted = path.begin();
  size_t depth = 0;  // how many keys of the path have been met
  while (!config.empty()) {
    const Line line = take_line(config);
    if (line.key.empty()) continue;
    if (line.depth < depth) return std::nullopt;
    if (line.depth != depth || line.key != *wanted) continue;
    ++depth;
    if (++wanted != path.end()) continue;
    if (line.value.empty()) return std::nullopt;
    return std::string(line.value);
  }
  return std::nullopt;
}

std::vector<std::string> config_list(std::string_view config,
                                     std::initializer_list<std::string_view> path) {
  std::vector<std::string> texts;
  const std::string list = config_value(config, path).value_or("");
  size_t at = 1;  // after the bracket
  while (at < list.size() && list[at] != ']') {
    size_t end = list.find_first_of(",]", at);
    if (list[at] == '"') {
      end = at + 1;
      while (end < list.size() && list[end] != '"') end += list[end] == '\\' ? 2 : 1;
      texts.push_back(nlohmann::json::parse(list.substr(at, ++end - at)).get<std::string>());
    } else {
      texts.push_back(list.substr(at, end - at));
    }
    at = std::min(list.find_first_not_of(", ", end), list.size());
  }
  return texts;
}

std::vector<std::pair<std::string, std::string>> config_leaves(std::string_view config) {
  std::vector<std::pair<std::string, std::string>> leaves;
  std::vector<std::string> path;
  size_t elements = 0;
  while (!config.empty()) {
    const std::string_view whole = config.substr(0, config.find('\n'));
    const size_t indent = whole.find_first_not_of(' ');
    const Line line = take_line(config);
    if (indent == std::string_view::npos) continue;
    path.resize(std::min(path.size(), line.depth));
    std::string at;
    for (const std::string& key : path) at += (at.empty() ? "" : ".") + key;
    if (whole.substr(indent).starts_with("- ")) {
      leaves.emplace_back(fmt::format("{}[{}]", at, elements++), whole.substr(indent + 2));
      continue;
    }
    elements = 0;
    path.emplace_back(line.key);
    if (!line.value.empty()) {
      leaves.emplace_back((at.empty() ? "" : at + ".") + std::string(line.key), line.value);
    }
  }
  return leaves;
}

}  // namespace assay::analysis
