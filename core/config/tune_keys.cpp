#include "config/key_parts.h"
#include "task/settings.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "tune.method",
     .type = text,
     .fallback = "tpe",
     .doc = "How values are chosen: `tpe` learns from the trials before, `asha` ends the fits of "
            "the worse trials early (of strategies that validate), `random` draws, `grid` tries "
            "every combination of lists.",
     .choices = task::spaced_names<task::TuneMethod>},
    {.path = "tune.trials",
     .type = integer,
     .fallback = "30",
     .doc = "Most trials of each tuned variant on each data set.",
     .range = {.low = 1, .high = 100000}},
    {.path = "tune.seconds",
     .type = other,
     .doc = "Most time of each tuned variant on each data set, all of its trials together; the "
            "round of trials that uses it up is finished.",
     .otherwise = "no limit",
     .form = "seconds, or text such as 90s, 10min, 2h"},
    {.path = "tune.metric",
     .type = text,
     .fallback = "primary",
     .doc = "What trials are judged by, on the validation window: a metric of requests with its "
            "cutoff, or `primary`."},
    {.path = "tune.seed",
     .type = integer,
     .fallback = "1",
     .doc = "Seed of the values that are drawn.",
     .range = kFromZero},
};

}  // namespace

std::span<const KeyInfo> tune_keys() { return kKeys; }

}  // namespace assay::config
