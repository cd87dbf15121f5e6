#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace assay::stats {

/// How p values of one family are corrected for there being several.
enum class Correction {
  none,
  bonferroni,  ///< m p: controls the chance of any false claim; never better than Holm
  holm,        ///< Holm 1979, step-down: controls the same, claims more. What verdicts rest on
  benjamini_hochberg,  ///< Benjamini & Hochberg 1995, step-up: the expected share of false claims.
                       ///< For everything exploratory
};

/// Adjusted p values in the order given: a hypothesis is rejected at level alpha where its adjusted
/// p is at most alpha.
///
/// Holm: max over ranks j <= i of (m - j + 1) p_(j), so that one that is kept keeps all after it.
/// Benjamini-Hochberg: min over ranks j >= i of m p_(j) / j, so that one that is rejected rejects
/// all before it. All are at most 1. Equal p values get equal adjusted ones.
/// @param p  each in [0, 1]; anything else, NaN too, is an InternalError. None gives none.
std::vector<double> adjust(std::span<const double> p, Correction correction);

/// "none", "Bonferroni", "Holm", "Benjamini-Hochberg": as printed and stored.
std::string_view correction_name(Correction correction);

}  // namespace assay::stats
