#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay::fa_ir {

/// How many protected items each prefix of a ranking needs at least: the smallest count m with
/// F(m; prefix, proportion) > alpha, F being the binomial distribution function (Zehlike, Bonchi,
/// Castillo, Hajian, Megahed & Baeza-Yates 2017, definition 2 and table 2).
/// @return one a prefix of length 1 .. k
std::vector<int64_t> minimum_protected(int64_t k, double proportion, double alpha);

/// The chance that a ranking in which each place is protected with that proportion, all places
/// independent, has some prefix with fewer protected items than it needs.
double failure_probability(std::span<const int64_t> minimum, double proportion);

/// A significance of single prefixes with which a fair ranking of k places fails any of its k tests
/// with probability at most `alpha`, as near to it as bisection finds (section 4.2).
double adjusted_alpha(int64_t k, double proportion, double alpha);

/// The slate: the best candidate at each place, or the best protected one where the prefix would
/// have too few (algorithm 2). Where protected candidates run out, the others follow.
/// @param is_protected  of each candidate, best first
/// @param minimum       one a place, at least as many as there are places
/// @param place         as many as it has room for, or there are candidates; the rest is left
void pick_fairly(std::span<const uint8_t> is_protected, std::span<const int64_t> minimum,
                 std::span<int64_t> place);

}  // namespace assay::fa_ir
