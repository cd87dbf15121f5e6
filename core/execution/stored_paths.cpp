#include "execution/stored_paths.h"

#include <algorithm>
#include <filesystem>

namespace assay::execution {

namespace {

namespace fs = std::filesystem;

bool begins_path(std::string_view text) {
  return text.starts_with("/") || text.starts_with("./") || text.starts_with("../");
}

/// A value begins after a blank that follows `:` `,` or `-`, after an open bracket, or a quote.
bool can_begin(std::string_view before) {
  if (before.ends_with('"') || before.ends_with('\'')) before.remove_suffix(1);
  if (before.ends_with('[') || before.ends_with('{')) return true;
  return before.ends_with(": ") || before.ends_with(", ") || before.ends_with("- ");
}

size_t end_of(std::string_view text, size_t at) {
  const char before = at > 0 ? text[at - 1] : ' ';
  const bool quoted = before == '"' || before == '\'';
  const size_t end = quoted ? text.find(before, at) : text.find_first_of("\n,]}", at);
  return std::min(end, text.size());
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// As much of the end of `path` as lies below `folder`; empty where not even its name does.
std::string below(const fs::path& folder, const fs::path& path) {
  std::vector<fs::path> parts;
  for (const fs::path& part : path) {
    if (part != "/" && part != "." && part != "..") parts.push_back(part);
  }
  for (size_t first = 0; first < parts.size(); ++first) {
    fs::path candidate = folder;
    for (size_t i = first; i < parts.size(); ++i) candidate /= parts[i];
    if (is_there(candidate)) return candidate.lexically_normal().string();
  }
  return "";
}

std::string found(const std::string& path, const std::vector<std::string>& folders) {
  if (path.starts_with("/") && is_there(path)) return path;
  for (const std::string& folder : folders) {
    const fs::path whole = fs::path(folder) / path;
    if (!path.starts_with("/") && is_there(whole)) return whole.lexically_normal().string();
    if (const std::string part = below(folder, path); !part.empty()) return part;
  }
  if (path.starts_with("/") || folders.empty()) return path;
  return (fs::path(folders.front()) / path).lexically_normal().string();  // to be named as missing
}

}  // namespace

std::string change_paths(std::string_view config,
                         const std::function<std::string(const std::string&)>& change) {
  std::string out;
  size_t at = 0;
  while (at < config.size()) {
    if (!begins_path(config.substr(at)) || !can_begin(config.substr(0, at))) {
      out += config[at++];
      continue;
    }
    const size_t end = end_of(config, at);
    out += change(std::string(config.substr(at, end - at)));
    at = end;
  }
  return out;
}

std::string relative_paths(std::string_view config, const std::string& folder) {
  return change_paths(config, [&](const std::string& path) {
    if (!path.starts_with("/") || !is_there(path)) return path;
    const std::string relative = fs::path(path).lexically_relative(folder).string();
    if (relative.empty() || relative == ".") return path;
    return relative.starts_with("..") ? relative : "./" + relative;
  });
}

std::string found_paths(std::string_view config, const std::vector<std::string>& folders) {
  return change_paths(config, [&](const std::string& path) { return found(path, folders); });
}

}  // namespace assay::execution
