#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace assay::stats {

/// Two of the things compared, by their index, that differ significantly.
struct DifferingPair {
  size_t first = 0;
  size_t second = 0;
};

/// The compact letter display: each of `count` things gets letters so that two of them share one
/// exactly where they do not differ (Piepho 2004, insert-and-absorb with sweeping).
///
/// Letters follow the order of the things: the first to come gets "a". Hand them over sorted by
/// mean, best first. After z come A to Z, then a2, b2 and so on.
/// @param differing  pairs in any order, each at most once or repeated; indices below count and not
///                   equal, otherwise an InternalError
/// @return one string a thing, its letters ascending; all "a" where nothing differs
std::vector<std::string> compact_letters(size_t count, std::span<const DifferingPair> differing);

}  // namespace assay::stats
