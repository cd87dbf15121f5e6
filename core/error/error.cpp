#include "error/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

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

// Optimal string alignment: edits and swaps of neighbours cost 1 each.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

size_t common_beginning(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
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
  const size_t limit = std::max<size_t>(1, name.size() / 3);
  // Of names as near as each other the one that begins alike: people get beginnings right.
  std::optional<std::string> best;
  std::pair<size_t, size_t> best_place(limit + 1, 0);
  for (const std::string& candidate : known) {
    const std::pair place(edit_distance(name, candidate),
                          name.size() - common_beginning(name, candidate));
    if (place >= best_place) continue;
    best_place = place;
    best = candidate;
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  if (const auto near = near_name(name, known)) return fmt::format("; did you mean \"{}\"?", *near);
  if (known.empty()) return "";
  const size_t shown = std::min<size_t>(known.size(), 12);
  return fmt::format("; known: {}{}", fmt::join(known.first(shown), ", "),
                     shown < known.size() ? ", ..." : "");
}

}  // namespace assay::error
