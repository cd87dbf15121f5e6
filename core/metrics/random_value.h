#pragma once

#include <cstdint>

#include "rules/hit_rule.h"

namespace assay::metrics {

/// What a metric of hits is on average where chance alone says which items are relevant: `relevant`
/// of `among` items, each set of that many as likely as any other, of which a list shows `shown`.
/// In closed form: the number of hits within the cutoff is hypergeometric, and given that number
/// every set of ranks is as likely as any other.
/// @param relevant  1 to `among`
/// @param shown     length of the list, at most `among`
double value_at_random(const rules::HitRule& rule, int64_t among, int64_t relevant, int64_t shown,
                       int64_t cutoff);

/// The most that a list of `shown` items can reach: as many hits as there can be, first.
double value_of_ideal(const rules::HitRule& rule, int64_t relevant, int64_t shown, int64_t cutoff);

}  // namespace assay::metrics
