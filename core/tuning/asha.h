#pragma once

#include <span>
#include <vector>

#include "tuning/search.h"

namespace assay::tuning {

/// Successive halving without waiting for a rung to be full (Li, Jamieson, Rostamizadeh, Gonina,
/// Ben-tzur, Hardt, Recht and Talwalkar 2020, "A system for massively parallel hyperparameter
/// tuning", algorithm 2). Of the trials at a rung the best 1 in kEta go on to the next, where their
/// fits may validate kEta times as often.
inline constexpr int64_t kEta = 3;

/// 1, 3, 9, ...: how often a fit may validate at a rung.
int64_t rung_validations(int rung);

/// The next round: promotions first, from the highest rung down, else a trial that is drawn at
/// random. Empty where all trials of the budget were begun and none can be promoted. A trial whose
/// fits ended by themselves counts at the rungs above as well, and is not run again.
std::vector<Step> asha_steps(const task::TuneSpec& spec, const Space& space,
                             std::span<const Outcome> so_far);

}  // namespace assay::tuning
