#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace assay::config {
namespace {

// A longer list does not help.
constexpr size_t kMostProblems = 100;

auto order(const Place& place) {
  const size_t source = place.source == nullptr ? 0 : place.source->index;
  return std::tuple(source, place.line, place.column);
}

}  // namespace

void Problems::add(const Place& place, std::string_view path, std::string_view what) {
  const bool known = std::ranges::any_of(
      problems_, [&](const Found& found) { return found.place == place && found.what == what; });
  if (known) return;
  if (problems_.size() == kMostProblems) {
    ++dropped_;
    return;
  }
  problems_.push_back({place, std::string(path), std::string(what)});
}

void Problems::add(const Place& place, const error::UserError& error) {
  for (const error::Problem& problem : error.problems()) {
    add(place, "", problem.where.empty() ? problem.what : problem.where + ": " + problem.what);
  }
}

void Problems::throw_if_any() {
  if (problems_.empty()) return;
  std::ranges::stable_sort(problems_, {}, [](const Found& found) { return order(found.place); });
  std::vector<error::Problem> all;
  for (const Found& found : problems_) {
    all.push_back({found.place.text(),
                   found.path.empty() ? found.what : found.path + " " + found.what,
                   found.place.excerpt()});
  }
  if (dropped_ > 0)
    all.push_back({"", fmt::format("{} more problems are not shown", dropped_), ""});
  throw error::UserError(std::move(all));
}

}  // namespace assay::config
