#include "error/error.h"

#include <fmt/format.h>

#include "rules/edit_distance.h"
#include "text/listed.h"

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
  return known.empty() ? "" : "; known: " + text::first_of(known, 12);
}

}  // namespace assay::error
