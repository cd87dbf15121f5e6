#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::rules {

/// Edits that make one text of the other: insertions, deletions, changes, and swaps of neighbouring
/// letters, 1 each (optimal string alignment; Damerau 1964).
inline size_t edit_distance(std::string_view a, std::string_view b) {
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

/// In lower case, of ASCII letters.
inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

/// What "did you mean" offers for a name that is not known: the place of the nearest known name, at
/// most a third of the name's length (at least 1 edit) away, if there is one. Capitals are not told
/// from small letters: "nDCG" is near "ndcg". Of names equally near it is the one that begins most
/// alike, since people get beginnings right; then the first.
/// @param known    a range of what has names
/// @param name_of  the name of each
template <std::ranges::input_range Known, typename NameOf = std::identity>
std::optional<size_t> nearest_name(std::string_view name, const Known& known, NameOf name_of = {}) {
  const std::string asked = lower_case(name);
  const size_t limit = std::max<size_t>(1, asked.size() / 3);
  std::pair best_distance(limit + 1, size_t{0});  // edits, then letters after the beginning
  std::optional<size_t> best;
  size_t place = 0;
  for (const auto& one : known) {
    const std::string candidate = lower_case(std::invoke(name_of, one));
    const auto alike = std::ranges::mismatch(asked, candidate).in1 - asked.begin();
    const std::pair distance(edit_distance(asked, candidate),
                             asked.size() - static_cast<size_t>(alike));
    if (distance < best_distance) {
      best_distance = distance;
      best = place;
    }
    ++place;
  }
  return best;
}

}  // namespace assay::rules
