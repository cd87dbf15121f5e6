#include "config/key_parts.h"
#include "task/settings.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "datasets.*.targets",
     .type = named,
     .doc = "Definitions of a positive event, by name. The first is the ground truth; others are "
            "for rankers with several targets.",
     .otherwise = "every event is positive"},
    {.path = "datasets.*.targets.*.column",
     .type = text,
     .doc = "A numeric column of the events.",
     .otherwise = kRequired},
    {.path = "datasets.*.targets.*.at_least",
     .type = number,
     .doc = "Positive if the value is at least this.",
     .otherwise =
         "no bound; without any bound, every event with a value in the column is positive"},
    {.path = "datasets.*.targets.*.at_most",
     .type = number,
     .doc = "Positive if the value is at most this.",
     .otherwise = "no bound"},
    {.path = "datasets.*.targets.*.equals",
     .type = number,
     .doc = "Positive if the value equals this.",
     .otherwise = "no bound"},
    {.path = "datasets.*.clean",
     .type = section,
     .doc = "Events that are removed from the log first; counted in `data_removed`."},
    {.path = "datasets.*.clean.duplicates",
     .type = boolean,
     .fallback = "false",
     .doc = "Removes events that repeat user, item and time of an earlier event (without times: "
            "user and item)."},
    {.path = "datasets.*.clean.missing_values",
     .type = boolean,
     .fallback = "false",
     .doc = "Removes events without a value (the value is the column of the first target, else "
            "`source.columns.value`)."},
    {.path = "datasets.*.clean.missing_times",
     .type = text,
     .doc = "`drop` removes rows without a time while files are read.",
     .choices = "drop",
     .otherwise = "a row without a time is an error"},
    {.path = "datasets.*.clean.value_at_least",
     .type = number,
     .doc = "Removes events with a lower value.",
     .otherwise = "no bound"},
    {.path = "datasets.*.clean.value_at_most",
     .type = number,
     .doc = "Removes events with a higher value.",
     .otherwise = "no bound"},
    {.path = "datasets.*.clean.max_user_events",
     .type = integer,
     .fallback = "0",
     .doc = "Removes users with more events; 0 is off.",
     .range = kFromZero},
    {.path = "datasets.*.clean.max_events_per_hour",
     .type = integer,
     .fallback = "0",
     .doc = "Removes users with more events within any 3600 s, such as crawlers; 0 is off.",
     .range = kFromZero},
    {.path = "datasets.*.clean.min_gap_entropy",
     .type = number,
     .fallback = "0",
     .doc = "Removes users with at least 20 events if the gaps between them (whole seconds) have a "
            "lower Shannon entropy, in bits; equal gaps have 0. 0 is off.",
     .range = {.low = 0}},
    {.path = "datasets.*.filter",
     .type = section,
     .doc = "Minimum numbers of events for users and items."},
    {.path = "datasets.*.filter.min_user_events",
     .type = integer,
     .fallback = "0",
     .doc = "Removes users with fewer events, in one pass.",
     .range = kFromZero},
    {.path = "datasets.*.filter.min_item_events",
     .type = integer,
     .fallback = "0",
     .doc = "Removes items with fewer events, in one pass.",
     .range = kFromZero},
    {.path = "datasets.*.filter.k_core",
     .type = integer,
     .fallback = "0",
     .doc = "Removes users and items with fewer events repeatedly, until all have that many; 0 is "
            "off.",
     .range = kFromZero},
    {.path = "datasets.*.filter.scope",
     .type = text,
     .fallback = "train",
     .doc = "Which events are counted: those of the training window, or `all`, which includes the "
            "test window and is reported in the audit.",
     .choices = task::spaced_names<task::FilterScope>},
    {.path = "datasets.*.evaluate_on",
     .type = section,
     .doc = "Which users and relevant items are evaluated."},
    {.path = "datasets.*.evaluate_on.users",
     .type = text,
     .fallback = "all",
     .doc = "`warm` users have a training event, `cold` users have none.",
     .choices = task::spaced_names<task::Population>},
    {.path = "datasets.*.evaluate_on.items",
     .type = text,
     .fallback = "all",
     .doc = "Which relevant items count; `warm` items have a training event.",
     .choices = task::spaced_names<task::Population>},
    {.path = "datasets.*.lists",
     .type = named,
     .doc =
         "Ranked lists made by another tool, by name: TREC runs (`query Q0 item rank score "
         "tag`), or tables (.csv, .tsv, .jsonl, .parquet) with the columns user, item, and score "
         "or rank; relative to the file. A recall source `{lists: name, k: 200}` serves them.",
     .otherwise = "none",
     .form = "map of names to files, or to maps of the keys below"},
    {.path = "datasets.*.lists.*.path",
     .type = text,
     .doc = "The file, relative to this one.",
     .otherwise = kRequired},
    {.path = "datasets.*.lists.*.ties",
     .type = text,
     .doc = "Which of equal scores in a list comes first: the earlier line (`file`), the smaller "
            "rank, then the earlier line (`rank`), or the id that is larger in its bytes, as "
            "trec_eval has it (`docno_descending`).",
     .choices = task::spaced_names<task::ListTies>,
     .otherwise = "`rank` where the file has ranks, else `file`"},
    {.path = "datasets.*.allow_leak",
     .type = texts,
     .fallback = "[]",
     .doc = "Reasons to accept the leaks that the audit finds. Shown with the results."},
};

}  // namespace

std::span<const KeyInfo> dataset_keys() { return kKeys; }

}  // namespace assay::config
