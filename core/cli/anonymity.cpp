#include "cli/anonymity.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace assay::cli {
namespace {

using Combination = std::vector<std::string>;

/// Requests by their combination of labels.
std::map<Combination, std::vector<size_t>> by_combination(const Anonymised& of) {
  std::map<Combination, std::vector<size_t>> groups;
  for (size_t r = 0; r < of.kept.size(); ++r) {
    Combination labels;
    for (const auto& cut : of.labels) labels.push_back(cut[r]);
    groups[labels].push_back(r);
  }
  return groups;
}

int64_t users_of(const std::vector<size_t>& requests, const std::vector<std::string>& users) {
  std::set<std::string> different;
  int64_t anonymous = 0;
  for (const size_t r : requests) {
    if (users[r].empty())
      ++anonymous;
    else
      different.insert(users[r]);
  }
  return std::ssize(different) + anonymous;
}

/// Requests whose combination fewer than `k` users share.
std::vector<size_t> rare(const Anonymised& of, const std::vector<std::string>& users, int64_t k) {
  std::vector<size_t> found;
  for (const auto& [labels, requests] : by_combination(of))
    if (users_of(requests, users) < k) found.insert(found.end(), requests.begin(), requests.end());
  return found;
}

/// Cuts, the one with the most labels first.
std::vector<size_t> finest_first(const std::vector<std::vector<std::string>>& labels) {
  std::vector<size_t> cuts(labels.size());
  std::iota(cuts.begin(), cuts.end(), size_t{0});
  std::ranges::stable_sort(cuts, [&](size_t a, size_t b) {
    return std::set(labels[a].begin(), labels[a].end()).size() >
           std::set(labels[b].begin(), labels[b].end()).size();
  });
  return cuts;
}

}  // namespace

Anonymised anonymise(const Labelled& requests, int64_t k) {
  Anonymised out{requests.labels, std::vector<char>(requests.users.size(), 1)};
  for (const size_t cut : finest_first(requests.labels))
    for (const size_t r : rare(out, requests.users, k)) out.labels[cut][r] = kGeneralised;
  for (const size_t r : rare(out, requests.users, k)) out.kept[r] = 0;
  for (size_t r = 0; r < out.kept.size(); ++r) {
    const bool hidden =
        std::ranges::any_of(out.labels, [&](const auto& cut) { return cut[r] == kGeneralised; });
    if (out.kept[r] == 0)
      ++out.left_out;
    else if (hidden)
      ++out.generalised;
  }
  return out;
}

}  // namespace assay::cli
