#include "config/key_parts.h"
#include "task/feedback_spec.h"

namespace assay::config {
namespace {

using enum ValueType;

constexpr Range kFraction{.low = 0, .high = 1};

constexpr KeyInfo kKeys[] = {
    {.path = "variants.*.perturb",
     .type = section,
     .doc = "What is wrong with the log that the stages of this variant are fitted on "
            "([robustness](robustness.md)): dropped events, then noise, then an attack. Requests, "
            "truth and exclusions stay as they are, so that it is compared with its twin, the "
            "variant with the same stages and without `perturb`.",
     .otherwise = "none: the log as it is"},
    {.path = "variants.*.perturb.dropped",
     .type = number,
     .doc = "Share of the events before the test window that are left out, each drawn alone.",
     .range = kFraction,
     .otherwise = "0"},
    {.path = "variants.*.perturb.seed",
     .type = integer,
     .doc = "Of everything that is drawn here.",
     .range = kFromZero,
     .otherwise = "1"},
    {.path = "variants.*.perturb.noise",
     .type = section,
     .doc = "Events that say something wrong.",
     .otherwise = "none"},
    {.path = "variants.*.perturb.noise.share",
     .type = number,
     .doc = "Share of the events before the test window, each drawn alone.",
     .range = kFraction,
     .otherwise = kRequired},
    {.path = "variants.*.perturb.noise.of",
     .type = text,
     .doc = "What is replaced by one drawn evenly from those of train: the item, or the value "
            "that the first target compares.",
     .choices = task::spaced_names<task::NoiseOf>,
     .otherwise = "items"},
    {.path = "variants.*.perturb.attack",
     .type = section,
     .doc = "A shilling attack: false profiles among the users of train.",
     .otherwise = "none"},
    {.path = "variants.*.perturb.attack.kind",
     .type = text,
     .doc = "What a profile gives its filler, and whether it holds selected items: `random` and "
            "`average` (Lam and Riedl 2004), `bandwagon` and `segment` (Mobasher et al. 2007).",
     .choices = task::spaced_names<task::AttackKind>,
     .otherwise = kRequired},
    {.path = "variants.*.perturb.attack.goal",
     .type = text,
     .doc = "Whether targets get the largest value or the smallest one. `nuke` needs values.",
     .choices = task::spaced_names<task::AttackGoal>,
     .otherwise = "push"},
    {.path = "variants.*.perturb.attack.share",
     .type = number,
     .doc = "False profiles for each user of train.",
     .range = kFraction,
     .otherwise = "0.05"},
    {.path = "variants.*.perturb.attack.filler",
     .type = number,
     .doc = "Share of the items of train, targets and selected ones left out, that a profile holds "
            "as filler.",
     .range = kFraction,
     .otherwise = "0.03"},
    {.path = "variants.*.perturb.attack.targets",
     .type = texts,
     .doc = "Ids of the items that are to be shown more, or less.",
     .otherwise = kRequired},
    {.path = "variants.*.perturb.attack.selected",
     .type = integer,
     .doc = "`bandwagon`, `segment`: how many items every profile likes beside the targets, the "
            "most popular ones of all or of the segment.",
     .range = kFromOne,
     .otherwise = "5"},
    {.path = "variants.*.perturb.attack.segment",
     .type = section,
     .doc = "`segment`: whose users are to see the targets.",
     .otherwise = "none; `segment` requires it"},
    {.path = "variants.*.perturb.attack.segment.feature",
     .type = text,
     .doc = "A category or set of the items.",
     .otherwise = kRequired},
    {.path = "variants.*.perturb.attack.segment.value",
     .type = text,
     .doc = "One of its labels.",
     .otherwise = kRequired},
    {.path = "variants.*.augment",
     .type = section,
     .doc = "Events that are added for users or items with few of them to what the stages of this "
            "variant are fitted on, after `perturb` ([robustness](robustness.md)).",
     .otherwise = "none"},
    {.path = "variants.*.augment.method",
     .type = text,
     .doc = "`neighbours`: items that occur with theirs; `crop`, `mask`, `reorder`: changed copies "
            "of their sequences (Xie et al. 2022).",
     .choices = task::spaced_names<task::AugmentMethod>,
     .otherwise = kRequired},
    {.path = "variants.*.augment.of",
     .type = text,
     .doc = "`neighbours`: who gets events.",
     .choices = task::spaced_names<task::AugmentOf>,
     .otherwise = "users"},
    {.path = "variants.*.augment.below",
     .type = integer,
     .doc = "Only those with fewer positive events of train get events; `neighbours` fills them up "
            "to this number.",
     .range = {.low = 2},
     .otherwise = "10"},
    {.path = "variants.*.augment.copies",
     .type = integer,
     .doc = "`crop`, `mask`, `reorder`: copies of each sequence, each as a user of its own.",
     .range = {.low = 1, .high = 100},
     .otherwise = "1"},
    {.path = "variants.*.augment.share",
     .type = number,
     .doc = "`crop`, `reorder`: length of the part in the sequence; `mask`: what is left out.",
     .range = kShare,
     .otherwise = "0.6; `mask` 0.3"},
    {.path = "variants.*.augment.seed",
     .type = integer,
     .doc = "`crop`, `mask`, `reorder`: of what is drawn.",
     .range = kFromZero,
     .otherwise = "1"},
};

}  // namespace

std::span<const KeyInfo> feedback_keys() { return kKeys; }

}  // namespace assay::config
