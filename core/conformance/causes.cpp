#include "conformance/causes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>

namespace assay::conformance {

namespace {

/// What a check says of its circumstances before or after the fault itself.
constexpr std::array<std::string_view, 4> kCircumstances{
    " served alone:", "on data without times (time_us is -1), ",
    "saved and loaded after it: ", "; is needs_time missing?"};

bool is_number_part(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// A detail without its numbers and circumstances.
std::string cause_of(std::string detail) {
  for (const std::string_view words : kCircumstances)
    if (const size_t at = detail.find(words); at != std::string::npos)
      detail.erase(at, words.size());
  std::string cause;
  for (size_t i = 0; i < detail.size(); ++i) {
    if (!is_number_part(detail[i])) {
      cause += detail[i];
      continue;
    }
    while (i + 1 < detail.size() && (is_number_part(detail[i + 1]) || detail[i + 1] == '.')) ++i;
    cause += '#';
  }
  return cause;
}

}  // namespace

std::vector<FailureGroup> group_failures(const std::vector<CheckResult>& checks) {
  std::vector<FailureGroup> groups;
  std::map<std::string, size_t> place;
  for (const CheckResult& check : checks) {
    if (check.finding.result != Finding::Result::failed) continue;
    const auto [known, is_new] = place.try_emplace(cause_of(check.finding.detail), groups.size());
    if (is_new)
      groups.push_back({&check, {}});
    else
      groups[known->second].others.push_back(check.name);
  }
  return groups;
}

}  // namespace assay::conformance
