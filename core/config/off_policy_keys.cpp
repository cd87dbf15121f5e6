#include "config/key_parts.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "off_policy.estimators",
     .type = texts,
     .doc = "Which estimates are made.",
     .choices = "dm ips clipped_ips snips dr clipped_dr sndr switch_dr dros sg_ips sg_dr "
                "balanced_ips mips mrdr replay",
     .otherwise = "all but `balanced_ips` and `mrdr`, which need models of their own; `mips` where "
                  "there are embeddings, `replay` of policies that never draw"},
    {.path = "off_policy.parameters",
     .type = other,
     .doc = "Clips, thresholds and lambdas: `{clipped_ips: 10, switch_dr: 5}`. Those that are not "
            "named are chosen by SLOPE.",
     .otherwise = "none",
     .form = "map of estimators to numbers"},
    {.path = "off_policy.embeddings",
     .type = texts,
     .doc = "Item features (categories) whose values together are the embedding of an item for "
            "`mips`.",
     .otherwise = "none"},
    {.path = "off_policy.reward",
     .type = section,
     .doc = "The reward model of `dm`, `dr` and their kin.",
     .otherwise = "the mean reward of an item"},
    {.path = "off_policy.reward.plugin",
     .type = text,
     .doc = "A rank strategy that learns from labelled candidates and whose scores are "
            "probabilities, as `logistic_regression` and `deep_fm`, or log-odds, as `gbdt`: see "
            "`link`.",
     .otherwise = kRequired},
    {.path = "off_policy.reward.link",
     .type = text,
     .doc = "What turns scores into expected rewards: `identity`, they are probabilities; `logit`, "
            "they are log-odds, as those of `gbdt` with `objective: pointwise`.",
     .choices = "identity logit",
     .otherwise = "`identity`"},
    {.path = "off_policy.reward.params",
     .type = named,
     .doc = "Parameters of the strategy.",
     .otherwise = "each at its default",
     .form = "map of parameters"},
    {.path = "off_policy.reward.learn_from",
     .type = other,
     .doc = "As `learn_from` of the file, for this model.",
     .otherwise = "as the file",
     .form = "map of types to weights, or list of types"},
    {.path = "off_policy.reward.features",
     .type = other,
     .doc = "As `features` of the file, for this model.",
     .otherwise = "as the file",
     .form = "map of user and item to lists"},
    {.path = "off_policy.reward.folds",
     .type = integer,
     .doc = "Cross-fitting: requests are dealt out by user, and what is said of one comes from a "
            "model of the other folds.",
     .range = {.low = 2, .high = 20},
     .otherwise = "`3`"},
};

}  // namespace

std::span<const KeyInfo> off_policy_keys() { return kKeys; }

}  // namespace assay::config
