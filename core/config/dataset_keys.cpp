#include "config/key_parts.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "datasets.*.targets",
     .type = named,
     .doc = "What counts as a positive, by name. The first is the truth; others are for rankers "
            "with several targets.",
     .otherwise = "every event is positive"},
    {.path = "datasets.*.targets.*.column",
     .type = text,
     .doc = "A column of numbers of the events.",
     .otherwise = kRequired},
    {.path = "datasets.*.targets.*.at_least",
     .type = number,
     .doc = "Positive from this value on.",
     .otherwise =
         "no bound; without any bound, every event with a value in the column is positive"},
    {.path = "datasets.*.targets.*.at_most",
     .type = number,
     .doc = "Positive up to this value.",
     .otherwise = "no bound"},
    {.path = "datasets.*.targets.*.equals",
     .type = number,
     .doc = "Positive at exactly this value.",
     .otherwise = "no bound"},
    {.path = "datasets.*.clean",
     .type = section,
     .doc = "What is taken out of the log first; counted in `data_removed`."},
    {.path = "datasets.*.clean.duplicates",
     .type = boolean,
     .fallback = "false",
     .doc = "Events that repeat user, item and time of an earlier one go (without times user and "
            "item)."},
    {.path = "datasets.*.clean.missing_values",
     .type = boolean,
     .fallback = "false",
     .doc = "Events without a value go (the value is the column of the first target, else "
            "`source.columns.value`)."},
    {.path = "datasets.*.clean.value_at_least",
     .type = number,
     .doc = "Events with a lower value go.",
     .otherwise = "no bound"},
    {.path = "datasets.*.clean.value_at_most",
     .type = number,
     .doc = "Events with a higher value go.",
     .otherwise = "no bound"},
    {.path = "datasets.*.clean.max_user_events",
     .type = integer,
     .fallback = "0",
     .doc = "Users with more events go; 0 is off.",
     .range = kFromZero},
    {.path = "datasets.*.clean.max_events_per_hour",
     .type = integer,
     .fallback = "0",
     .doc = "Users with more events within some 3600 s go, such as crawlers; 0 is off.",
     .range = kFromZero},
    {.path = "datasets.*.clean.min_gap_entropy",
     .type = number,
     .fallback = "0",
     .doc = "Users with at least 20 events go whose pauses between them (whole seconds) have a "
            "lower Shannon entropy, in bits: what asks by the clock has 0. 0 is off.",
     .range = {.low = 0}},
    {.path = "datasets.*.filter", .type = section, .doc = "Which users and items stay."},
    {.path = "datasets.*.filter.min_user_events",
     .type = integer,
     .fallback = "0",
     .doc = "Users with fewer events go; one pass.",
     .range = kFromZero},
    {.path = "datasets.*.filter.min_item_events",
     .type = integer,
     .fallback = "0",
     .doc = "Items with fewer events go; one pass.",
     .range = kFromZero},
    {.path = "datasets.*.filter.k_core",
     .type = integer,
     .fallback = "0",
     .doc = "Users and items with fewer events go, again and again until none does; 0 is off.",
     .range = kFromZero},
    {.path = "datasets.*.filter.scope",
     .type = text,
     .fallback = "train",
     .doc = "Events that are counted: those of the training window, or `all`, which lets the "
            "test window decide who stays and is shown in the audit.",
     .choices = "train all"},
    {.path = "datasets.*.evaluate_on", .type = section, .doc = "Who and what is evaluated."},
    {.path = "datasets.*.evaluate_on.users",
     .type = text,
     .fallback = "all",
     .doc = "`warm` users have a training event, `cold` ones have none.",
     .choices = "all warm cold"},
    {.path = "datasets.*.evaluate_on.items",
     .type = text,
     .fallback = "all",
     .doc = "Which items of the truth count; `warm` ones have a training event.",
     .choices = "all warm cold"},
    {.path = "datasets.*.lists",
     .type = named,
     .doc =
         "Ranked lists made by another tool, by name: TREC runs (`query Q0 item rank score "
         "tag`), or tables (.csv, .tsv, .jsonl, .parquet) with the columns user, item, and score "
         "or rank; relative to the file. A recall source `{lists: name, k: 200}` serves them.",
     .otherwise = "none",
     .form = "map of names to files"},
    {.path = "datasets.*.allow_leak",
     .type = texts,
     .fallback = "[]",
     .doc = "Why a leak that the audit finds, and that the split need not have, is to be "
            "accepted. Shown with the results."},
};

}  // namespace

std::span<const KeyInfo> dataset_keys() { return kKeys; }

}  // namespace assay::config
