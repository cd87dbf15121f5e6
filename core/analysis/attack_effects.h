#pragma once

/// What the attacks of a run did to what its variants serve.

#include <vector>

#include "analysis/run_samples.h"
#include "results/attack_table.h"

namespace assay::analysis {

/// A row for every variant with an attack that is complete on a data set and fold, from the kept
/// lists of it and of its twin; seeds are paired in order. Folds are not pooled. The interval is
/// Student's, of the paired difference over requests (over users, where they ask several times).
/// Hit ratio and targets a list are Lam and Riedl's (WWW 2004) HitRatio and ExpTopN, over all
/// requests, those included whose user knows a target already.
std::vector<results::AttackEffectRow> attack_effects(const RunSamples& samples, int64_t run_id,
                                                     double alpha);

}  // namespace assay::analysis
