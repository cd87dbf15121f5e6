#include "config/key_parts.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr Range kAboveZero{.low = 0.001, .high = 1e6};

constexpr KeyInfo kKeys[] = {
    {.path = "variants.*.serving",
     .type = section,
     .doc = "How it is hosted under the load of the scenario `server`, which `latency.scenarios` "
            "must name. Changes what serving costs, never what is computed: another setting is "
            "another timing, not another trial."},
    {.path = "variants.*.serving.instances",
     .type = integer,
     .fallback = "1",
     .doc = "Instances of every stage; each serves one batch at a time, on `numeric.threads` "
            "threads.",
     .range = {.low = 1, .high = 64}},
    {.path = "variants.*.serving.queue",
     .type = integer,
     .fallback = "0",
     .doc = "Requests that may wait; what comes while as many do is shed. 0: no bound.",
     .range = kFromZero},
    {.path = "variants.*.serving.cache",
     .type = section,
     .doc = "Keeps answers; helps only where a request comes again with the same history.",
     .otherwise = "none"},
    {.path = "variants.*.serving.cache.capacity",
     .type = integer,
     .doc = "Answers kept; the least recently used goes first.",
     .range = kFromOne,
     .otherwise = kRequired},
    {.path = "variants.*.serving.cache.ttl_s",
     .type = number,
     .doc = "For how long an answer is good.",
     .range = kAboveZero,
     .otherwise = "for ever"},
    {.path = "variants.*.serving.batching",
     .type = section,
     .doc = "Serves requests that wait at the same time together.",
     .otherwise = "one request at a time"},
    {.path = "variants.*.serving.batching.max_size",
     .type = integer,
     .doc = "Most requests of one batch.",
     .range = {.low = 2, .high = 65536},
     .otherwise = kRequired},
    {.path = "variants.*.serving.batching.max_wait_ms",
     .type = number,
     .doc = "How long the first request of a batch waits for others while an instance is free.",
     .range = {.low = 0, .high = 1e6},
     .otherwise = "0"},
    {.path = "variants.*.serving.deadlines",
     .type = sections,
     .fallback = "[]",
     .doc = "Stages that are given up where they take too long."},
    {.path = "variants.*.serving.deadlines[].stage",
     .type = text,
     .doc = "A stage of the variant: `rank[0]`, or `rank.0`; a recall stage needs a `fallback` "
            "that is named.",
     .otherwise = kRequired},
    {.path = "variants.*.serving.deadlines[].ms",
     .type = number,
     .doc = "How long the stage may take. It cannot be stopped: its instance is busy until it "
            "returns.",
     .range = kAboveZero,
     .otherwise = kRequired},
    {.path = "variants.*.serving.deadlines[].fallback",
     .type = text,
     .doc = "What is answered instead: the list that the stage was given (`given`), or what a "
            "recall stage brings up that is asked then, `recall[0]` of the variant or "
            "`cheap.recall[0]` of another one.",
     .otherwise = "given"},
    {.path = "variants.*.serving.breaker",
     .type = section,
     .doc = "Leaves a stage with a deadline out for a while after it was too slow several times "
            "in a row; its fallback answers at once.",
     .otherwise = "none"},
    {.path = "variants.*.serving.breaker.after",
     .type = integer,
     .doc = "How many times in a row.",
     .range = kFromOne,
     .otherwise = "5"},
    {.path = "variants.*.serving.breaker.open_s",
     .type = number,
     .doc = "For how long, until one batch tries the stage again.",
     .range = kAboveZero,
     .otherwise = "1"},
};

}  // namespace

std::span<const KeyInfo> serving_keys() { return kKeys; }

}  // namespace assay::config
