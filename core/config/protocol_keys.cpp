#include "config/key_parts.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "fit_on.recall",
     .type = windows,
     .fallback = "[train]",
     .doc = "For recall stages.",
     .choices = "train rank validation"},
    {.path = "fit_on.rank",
     .type = windows,
     .fallback = "[rank]",
     .doc = "For stages that learn from candidates: labels of what recall brought up there.",
     .choices = "train rank validation"},
    {.path = "fit_on.final",
     .type = other,
     .fallback = "same",
     .doc = "Windows on which recall is fitted again before the test; `same` serves the test "
            "with the models that there are.",
     .choices = "train rank validation",
     .form = "same or a list of windows"},
    {.path = "traffic.requests",
     .type = text,
     .fallback = "per_user",
     .doc = "`per_user`: one request for each user with a positive in the window. `per_event`: "
            "one for each positive of the window, with the history up to that moment and that item "
            "as the truth. `per_session`: one for each session of the window, with the history up "
            "to its beginning and its positives as the truth.",
     .choices = "per_user per_event per_session",
     .later = "logged"},
    {.path = "traffic.session_gap",
     .type = integer,
     .doc = "Seconds; a longer pause of a user ends a session.",
     .range = kFromOne,
     .otherwise = "1800; per_session only"},
    {.path = "traffic.candidates",
     .type = text,
     .fallback = "retrieved",
     .doc = "What later stages choose from: what recall brought up.",
     .choices = "retrieved",
     .later = "logged allowed"},
    {.path = "traffic.history_length",
     .type = other,
     .fallback = "all",
     .doc = "How many of the newest events of the history a request carries.",
     .range = kFromOne,
     .form = "all or an integer"},
    {.path = "traffic.exclude_seen",
     .type = windows,
     .fallback = "[train, rank, validation]",
     .doc = "Items that a user has seen in these windows are not served; with per_event and "
            "per_session neither is what the user has seen in the request's own window before it, "
            "unless the list is empty.",
     .choices = "train rank validation"},
    {.path = "serve.size",
     .type = integer,
     .fallback = "20",
     .doc = "Items on a slate; at least the largest cutoff.",
     .range = {.low = 1, .high = 10000}},
    {.path = "metrics.groups",
     .type = texts,
     .fallback = "[accuracy]",
     .doc = "Groups of metrics, each in its default definition (`assay list metrics`)."},
    {.path = "metrics.names",
     .type = texts,
     .fallback = "[]",
     .doc = "Single metrics, also in another definition (`recall{den=min(R,k)}`) or at one "
            "cutoff only (`ndcg@5`)."},
    {.path = "metrics.cutoffs",
     .type = integers,
     .fallback = "[10]",
     .doc = "List lengths at which metrics are taken.",
     .range = kFromOne},
    {.path = "metrics.pool_cutoffs",
     .type = integers,
     .fallback = "[]",
     .doc = "List lengths at which recall and the primary metric are taken on the candidates of "
            "every stage.",
     .range = kFromOne},
    {.path = "metrics.primary",
     .type = text,
     .doc = "What verdicts are about.",
     .otherwise = "ndcg at the first cutoff"},
    {.path = "metrics.slices",
     .type = other,
     .fallback = "[]",
     .doc = "Parts whose metrics are shown apart, exploratory: `users: activity` and `items: "
            "activity` (cold, warm, hot by training events), `user.<feature>`, `item.<feature>`, "
            "`time: 4` (equal parts of the requests in order of time).",
     .form = "a list of slices"},
    {.path = "latency.rounds",
     .type = integer,
     .fallback = "3",
     .doc = "Rounds over all variants, interleaved; at least 3, or 0 for no timing pass.",
     .range = {.low = 0, .high = 1000}},
    {.path = "latency.warmup_requests",
     .type = integer,
     .fallback = "50",
     .doc = "Requests served before the clock starts.",
     .range = kFromZero},
    {.path = "latency.scenarios",
     .type = sections,
     .fallback = "[{kind: single_stream}]",
     .doc = "Loads under which variants are timed."},
    {.path = "latency.scenarios[].kind",
     .type = text,
     .doc = "`single_stream`: one request after the other; `offline`: in batches, as fast as "
            "they go; `server`: requests arrive at random, at a rate that does not wait for "
            "answers, and a latency counts from when the request was due.",
     .choices = "single_stream offline server",
     .otherwise = kRequired},
    {.path = "latency.scenarios[].requests",
     .type = integer,
     .doc = "single_stream and offline only: how many are timed in a round.",
     .range = kFromOne,
     .otherwise = "as many as the scenario needs for its percentiles"},
    {.path = "latency.scenarios[].batch_size",
     .type = integer,
     .doc = "offline only: requests a batch.",
     .range = {.low = 1, .high = 1048576},
     .otherwise = "1024"},
    {.path = "latency.scenarios[].rate_qps",
     .type = number,
     .doc = "server only: requests a second, on average; gaps between them are exponential "
            "(Poisson arrivals), drawn from `seed`.",
     .range = {.low = 0.001, .high = 1000000},
     .otherwise = "server: required"},
    {.path = "latency.scenarios[].duration_s",
     .type = number,
     .doc = "server only: for how long requests arrive in a round.",
     .range = {.low = 0.001, .high = 86400},
     .otherwise = "server: 10"},
};

}  // namespace

std::span<const KeyInfo> protocol_keys() { return kKeys; }

}  // namespace assay::config
