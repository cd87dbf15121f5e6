#include "error/error.h"

#include <fmt/format.h>

#include <algorithm>

#include "rules/edit_distance.h"

namespace assay::error {
namespace {

std::string join_problems(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += problem.text();
  }
  return text;
}

}  // namespace

std::string Problem::text() const {
  std::string out = where.empty() ? what : where + ": " + what;
  if (!excerpt.empty()) out += '\n' + excerpt;
  return out;
}

void Error::add_context(std::string line) { text_ += "\n  " + std::move(line); }

UserError::UserError(std::vector<Problem> problems)
    : Error(join_problems(problems)), problems_(std::move(problems)) {}

std::optional<std::string> near_name(std::string_view name, std::span<const std::string> known) {
  const auto place = rules::nearest_name(name, known);
  return place ? std::optional(known[*place]) : std::nullopt;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  if (const auto near = near_name(name, known)) return fmt::format("; did you mean \"{}\"?", *near);
  if (known.empty()) return "";
  const size_t shown = std::min<size_t>(known.size(), 12);
  return fmt::format("; known: {}{}", fmt::join(known.first(shown), ", "),
                     shown < known.size() ? ", ..." : "");
}

}  // namespace assay::error
