#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

namespace assay::task {

/// Names of the data members of a struct, read from its header: a member that somebody adds there
/// and forgets in the JSON shows in a test.
inline std::vector<std::string> struct_members(const std::string& header, const std::string& name) {
  std::ifstream in(std::string(ASSAY_SOURCE_DIR) + "/core/" + header);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  text = std::regex_replace(text, std::regex("//[^\n]*"), "");
  const size_t begin = text.find("struct " + name + " {");
  if (begin == std::string::npos) return {};
  const size_t open = text.find('{', begin);
  const std::string body = text.substr(open + 1, text.find("\n};", open) - open - 1);
  std::vector<std::string> members;
  const std::regex statement("[^;]+;");
  for (std::sregex_iterator at(body.begin(), body.end(), statement); at != std::sregex_iterator();
       ++at) {
    std::string line = at->str();
    for (const char* noise : {"\\{[^}]*\\}", "<[^;=]*>", "=[^,;]*"})
      line = std::regex_replace(line, std::regex(noise), "");
    if (line.find('(') != std::string::npos || line.find("enum") != std::string::npos) continue;
    for (std::smatch match; std::regex_search(line, match, std::regex("(\\w+)\\s*[,;]"));
         line = match.suffix()) {
      members.push_back(match[1]);
    }
  }
  return members;
}

/// Expects one key for each member, and no other.
inline void expect_all_members(const nlohmann::json& object, const std::string& header,
                               const std::string& name) {
  std::vector<std::string> members = struct_members(header, name);
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  std::ranges::sort(members);
  EXPECT_FALSE(members.empty()) << name << " is not in " << header;
  EXPECT_EQ(keys, members) << name;
}

}  // namespace assay::task
