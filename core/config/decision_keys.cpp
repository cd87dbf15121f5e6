#include "config/key_parts.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "compare.baseline",
     .type = text,
     .doc = "The baseline: every other variant is compared with it.",
     .otherwise = "the first variant"},
    {.path = "compare.unit",
     .type = text,
     .fallback = "user",
     .doc = "Unit of pairing and resampling.",
     .choices = "user"},
    {.path = "compare.alpha",
     .type = number,
     .fallback = "0.05",
     .doc = "Familywise error rate: probability of any false verdict on the primary metric, and of "
            "any false claim about one guardrail.",
     .range = kShare},
    {.path = "compare.margin",
     .type = number,
     .fallback = "0",
     .doc = "Margin of equivalence: smaller differences of the primary metric do not matter in "
            "practice; 0: no margin.",
     .range = kFromZero},
    {.path = "compare.power",
     .type = number,
     .fallback = "0.8",
     .doc = "Power of the minimum detectable difference.",
     .range = kShare},
    {.path = "compare.resamples",
     .type = integer,
     .fallback = "10000",
     .doc = "Number of bootstrap resamples.",
     .range = {.low = 100, .high = 10000000}},
    {.path = "compare.smallest_differences",
     .type = other,
     .doc = "Smallest difference of interest of a metric that is not the primary one, in its own "
            "unit; smaller ones get no words (`its lists are more diverse`).",
     .otherwise = "2 % of the baseline's mean",
     .form = "a map of metrics to numbers: `{intra_list_distance@10: 0.01}`"},
    {.path = "compare.guardrails",
     .type = sections,
     .fallback = "[]",
     .doc = "Limits that a variant must keep."},
    {.path = "compare.guardrails[].metric",
     .type = text,
     .doc = "`latency_ms`, a metric that is measured (`item_coverage@10`), or what fitting takes: "
            "`fit_seconds`, `fit_memory` (MiB).",
     .otherwise = kRequired},
    {.path = "compare.guardrails[].quantile",
     .type = number,
     .doc = "latency_ms only: 0.99 for p99.",
     .range = kShare,
     .otherwise = "required for latency_ms"},
    {.path = "compare.guardrails[].scenario",
     .type = text,
     .doc = "latency_ms only: one of latency.scenarios.",
     .otherwise = "the first scenario"},
    {.path = "compare.guardrails[].max_increase",
     .type = other,
     .doc = "Largest increase over the baseline: in the metric's unit, or `10%` of the "
            "baseline's value.",
     .otherwise = "this or max_decrease is required",
     .form = "a number or a percentage"},
    {.path = "compare.guardrails[].max_decrease",
     .type = other,
     .doc = "Largest decrease, likewise.",
     .otherwise = "this or max_increase is required",
     .form = "a number or a percentage"},
    {.path = "numeric.threads",
     .type = integer,
     .fallback = "1",
     .doc = "Threads of one task; independent of the number of workers.",
     .range = {.low = 1, .high = 1024}},
    {.path = "numeric.tf32",
     .type = boolean,
     .fallback = "false",
     .doc = "Use TF32 on a GPU: factors are rounded to 10 bits of mantissa; faster, less exact."},
    {.path = "numeric.dtype",
     .type = text,
     .fallback = "float32",
     .doc = "Type of scores.",
     .choices = "float32"},
    {.path = "numeric.batch_size",
     .type = integer,
     .fallback = "1024",
     .doc = "Requests a batch; a multiple of 64.",
     .range = {.low = 64, .high = 65536}},
    {.path = "limits.fit",
     .type = other,
     .fallback = "3600",
     .doc = "Timeout of the fit of one stage.",
     .form = "seconds, or text such as 90s, 10min, 2h"},
    {.path = "limits.batch",
     .type = other,
     .fallback = "60",
     .doc = "Timeout of one stage on one batch.",
     .form = "seconds, or text such as 90s, 10min, 2h"},
    {.path = "limits.memory",
     .type = other,
     .fallback = "0",
     .doc = "Memory of a worker beyond its initial memory; 0 is no limit.",
     .form = "GiB, or text such as 512MiB, 4GiB"},
    {.path = "limits.cache",
     .type = other,
     .doc =
         "Size of the cache of data and models when `assay run` is finished: what was used least "
         "recently is removed, never what a running task holds. `--cache-limit` takes "
         "precedence.",
     .otherwise = "`ASSAY_CACHE_LIMIT`, else no limit",
     .form = "GiB, or text such as 500MiB, 20GiB, 1TiB"},
};

}  // namespace

std::span<const KeyInfo> decision_keys() { return kKeys; }

}  // namespace assay::config
