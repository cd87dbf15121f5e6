#include "config/key_parts.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr Range kAboveZero{.low = 0.001, .high = 1e6};

constexpr KeyInfo kKeys[] = {
    {.path = "variants.*.serving",
     .type = section,
     .doc = "How it is hosted under the load of the scenario `server`, which `latency.scenarios` "
            "must name. Affects latencies only, not results: another setting is another timing, "
            "not another trial."},
    {.path = "variants.*.serving.instances",
     .type = integer,
     .fallback = "1",
     .doc = "Instances of every stage; each serves one batch at a time, on `numeric.threads` "
            "threads.",
     .range = {.low = 1, .high = 64}},
    {.path = "variants.*.serving.queue",
     .type = integer,
     .fallback = "0",
     .doc = "Capacity of the queue; a request that arrives when it is full is shed. 0: unbounded.",
     .range = kFromZero},
    {.path = "variants.*.serving.cache",
     .type = section,
     .doc = "LRU cache of answers; hits only repeated requests with the same history.",
     .otherwise = "none"},
    {.path = "variants.*.serving.cache.capacity",
     .type = integer,
     .doc = "Capacity in answers; the least recently used is evicted first.",
     .range = kFromOne,
     .otherwise = kRequired},
    {.path = "variants.*.serving.cache.ttl_s",
     .type = number,
     .doc = "Time to live of an answer, in seconds.",
     .range = kAboveZero,
     .otherwise = "no expiry"},
    {.path = "variants.*.serving.batching",
     .type = section,
     .doc = "Serves waiting requests together, in batches.",
     .otherwise = "one request at a time"},
    {.path = "variants.*.serving.batching.max_size",
     .type = integer,
     .doc = "Largest batch.",
     .range = {.low = 2, .high = 65536},
     .otherwise = kRequired},
    {.path = "variants.*.serving.batching.max_wait_ms",
     .type = number,
     .doc = "Longest wait of the first request of a batch for others while an instance is free, in "
            "milliseconds.",
     .range = {.low = 0, .high = 1e6},
     .otherwise = "0"},
    {.path = "variants.*.serving.deadlines",
     .type = sections,
     .fallback = "[]",
     .doc = "Timeouts of stages, with a fallback."},
    {.path = "variants.*.serving.deadlines[].stage",
     .type = text,
     .doc = "A stage of the variant: `rank[0]`, or `rank.0`; a recall stage needs a recall stage "
            "as its `fallback`.",
     .otherwise = kRequired},
    {.path = "variants.*.serving.deadlines[].ms",
     .type = number,
     .doc = "Timeout in milliseconds. A stage cannot be interrupted: its instance is busy until it "
            "returns.",
     .range = kAboveZero,
     .otherwise = kRequired},
    {.path = "variants.*.serving.deadlines[].fallback",
     .type = text,
     .doc = "The answer after a timeout: the input list of the stage (`given`), or the list of a "
            "recall stage that is called then, `recall[0]` of the variant or `cheap.recall[0]` of "
            "another variant.",
     .otherwise = "given"},
    {.path = "variants.*.serving.breaker",
     .type = section,
     .doc = "Circuit breaker: skips a stage for some time after several timeouts in a row; its "
            "fallback answers at once.",
     .otherwise = "none"},
    {.path = "variants.*.serving.breaker.after",
     .type = integer,
     .doc = "Timeouts in a row that open it.",
     .range = kFromOne,
     .otherwise = "5"},
    {.path = "variants.*.serving.breaker.open_s",
     .type = number,
     .doc = "Seconds until one batch tries the stage again.",
     .range = kAboveZero,
     .otherwise = "1"},
};

}  // namespace

std::span<const KeyInfo> serving_keys() { return kKeys; }

}  // namespace assay::config
