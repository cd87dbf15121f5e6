#include "execution/trial_groups.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace assay::execution {

std::vector<std::vector<std::string>> trial_groups(
    const std::vector<std::string>& trials,
    const std::function<std::set<std::string>(const std::string&)>& steps, int jobs) {
  std::vector<std::pair<std::set<std::string>, std::vector<std::string>>> grouped;
  for (const std::string& key : trials) {
    std::set<std::string> nodes = steps(key);
    std::vector<std::string> members = {key};
    for (auto group = grouped.begin(); group != grouped.end();) {
      const auto shared = [&](const std::string& node) { return group->first.contains(node); };
      if (std::ranges::none_of(nodes, shared)) {
        ++group;
        continue;
      }
      nodes.insert(group->first.begin(), group->first.end());
      members.insert(members.begin(), group->second.begin(), group->second.end());
      group = grouped.erase(group);
    }
    grouped.emplace_back(std::move(nodes), std::move(members));
  }
  std::vector<std::vector<std::string>> out;
  for (auto& [nodes, members] : grouped) out.push_back(std::move(members));
  while (!out.empty() && static_cast<int>(out.size()) < jobs) {
    const auto largest = std::ranges::max_element(out, {}, &std::vector<std::string>::size);
    if (largest->size() < 2) break;
    const auto middle = largest->begin() + static_cast<std::ptrdiff_t>(largest->size() / 2);
    std::vector<std::string> half(middle, largest->end());
    largest->erase(middle, largest->end());
    out.push_back(std::move(half));
  }
  return out;
}

}  // namespace assay::execution
