#pragma once

#include "dataset/log_changes.h"

namespace assay::dataset {

/// Adds the false profiles of a shilling attack to the users of train: each a new user with the
/// target items, selected items and filler, at times that are those of events of train drawn alike.
///
/// Of U users of train round(share U) profiles are made. Filler are items of train that are neither
/// targets nor selected, the given share of them, drawn for each profile alone. What is given, where
/// events have values (r_max, r_min: the largest and the smallest one of train; all others are taken
/// to the nearest value that occurs):
///
///  - random: filler gets N(mean, sd) of all values (Lam and Riedl 2004, RandomBot)
///  - average: filler gets N(mean, sd) of the item's own values (the same, AverageBot)
///  - bandwagon: the most popular items get r_max, filler as random
///  - segment: the most popular items of a segment get r_max, filler r_min
///
/// and the targets r_max (push) or r_min (nuke). The last two, and the parts of a profile, are those
/// of Mobasher, Burke, Bhaumik and Williams 2007 (ACM TOIT 7(4)). Where events have no values, every
/// event of a profile is a positive one.
///
/// Throws UserError, at `where`: a target that is no item (with near ids), a segment that is not
/// there, `average` and `nuke` without values, a share that makes no profile.
void add_attack(LogChanges& log, const task::AttackSpec& attack, uint64_t seed,
                const std::string& where);

/// Dense ids of the targets, in their order. Throws as add_attack.
std::vector<int64_t> attack_targets(const PreparedData& data, const task::AttackSpec& attack,
                                    const std::string& where);

}  // namespace assay::dataset
