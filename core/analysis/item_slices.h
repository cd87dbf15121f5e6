#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "results/reader.h"
#include "results/trial_rows.h"
#include "rules/hit_rule.h"

namespace assay::analysis {

/// Values of one trial with what counts as relevant restricted to some items: float32 a request,
/// NaN where no relevant item is left.
/// @param slates    all of the trial's requests
/// @param truth     likewise
/// @param in_slice  [N], 1 for items of the slice
std::vector<float> sliced_values(const results::Slates& slates, const results::ItemLists& truth,
                                 std::span<const char> in_slice, const rules::HitRule& rule,
                                 int cutoff);

}  // namespace assay::analysis
