#include "config/key_parts.h"
#include "task/settings.h"

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
     .doc = "For stages that learn from candidates: the windows of the labelled candidates.",
     .choices = "train rank validation"},
    {.path = "fit_on.final",
     .type = other,
     .fallback = "same",
     .doc = "Windows on which recall is fitted again before the test; `same` serves the test with "
            "the models of `recall`.",
     .choices = "train rank validation",
     .form = "same or a list of windows"},
    {.path = "traffic.requests",
     .type = text,
     .fallback = "per_user",
     .doc = "`per_user`: one request for each user with a positive in the window. `per_event`: one "
            "for each positive of the window, with the history before it and its item as the "
            "truth. `per_session`: one for each session of the window, with the history before it "
            "and its positives as the truth. `logged`: one for each request of the logged rows "
            "(`source.impressions`) of the window, with its user's history before it and the items "
            "whose first label is positive as the truth.",
     .choices = task::spaced_names<task::RequestUnit>},
    {.path = "traffic.session_gap",
     .type = integer,
     .doc = "Seconds; a longer gap between two events of a user ends a session.",
     .range = kFromOne,
     .otherwise = "1800; per_session only"},
    {.path = "traffic.candidates",
     .type = text,
     .fallback = "retrieved",
     .doc =
         "Candidate set of the later stages: the items that recall `retrieved`; the items of the "
         "`logged` rows of the request, without a recall stage; or what recall retrieves of the "
         "items `allowed` by the request (all where the log names none). The last two need "
         "`requests: logged`.",
     .choices = task::spaced_names<task::CandidateSource>},
    {.path = "traffic.history_length",
     .type = other,
     .fallback = "all",
     .doc = "Length of the history of a request, newest events.",
     .range = kFromOne,
     .form = "all or an integer"},
    {.path = "traffic.exclude_seen",
     .type = windows,
     .fallback = "[train, rank, validation]",
     .doc = "Items that a user has seen in these windows are not served; with per_event and "
            "per_session, items seen before the request in its own window are not served either, "
            "unless the list is empty.",
     .choices = "train rank validation"},
    {.path = "loop.days",
     .type = integer,
     .doc = "How many; the days of the world before them are what every variant starts from. Each "
            "is a fold of its own, in the place of the test window of `split`.",
     .range = {.low = 1, .high = 366},
     .otherwise = kRequired},
    {.path = "serve.size",
     .type = integer,
     .fallback = "20",
     .doc = "Number of items on a slate; at least the largest cutoff.",
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
     .doc = "Cutoffs k at which metrics are computed.",
     .range = kFromOne},
    {.path = "metrics.pool_cutoffs",
     .type = integers,
     .fallback = "[]",
     .doc = "Cutoffs at which recall and the primary metric are computed on the candidates of "
            "every stage.",
     .range = kFromOne},
    {.path = "metrics.primary",
     .type = text,
     .doc = "The metric of the verdicts.",
     .otherwise = "ndcg at the first cutoff"},
    {.path = "metrics.slices",
     .type = other,
     .fallback = "[]",
     .doc = "Subsets with separate, exploratory metrics: `users: activity` and `items: activity` "
            "(cold, warm, hot by training events), `user.<feature>`, `item.<feature>`, `time: 4` "
            "(equal parts of the requests in order of time).",
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
    {.path = "latency.repeat_s",
     .type = number,
     .fallback = "60",
     .doc =
         "Most seconds spent on timing rounds again that the machine disturbed (other processes, "
         "a hypervisor); each twice at most. 0: none.",
     .range = kFromZero},
    {.path = "latency.scenarios",
     .type = sections,
     .fallback = "[{kind: single_stream}]",
     .doc = "Loads under which variants are timed."},
    {.path = "latency.scenarios[].kind",
     .type = text,
     .doc = "`single_stream`: one request after the other; `offline`: in batches, at full "
            "throughput; `server`: requests arrive at random at a fixed rate, independent of "
            "answers, and a latency counts from the scheduled arrival.",
     .choices = task::spaced_names<task::ScenarioKind>,
     .otherwise = kRequired},
    {.path = "latency.scenarios[].requests",
     .type = integer,
     .doc = "single_stream and offline only: timed requests per round.",
     .range = kFromOne,
     .otherwise = "as many as the scenario needs for its percentiles"},
    {.path = "latency.scenarios[].batch_size",
     .type = integer,
     .doc = "offline only: requests per batch.",
     .range = {.low = 1, .high = 1048576},
     .otherwise = "1024"},
    {.path = "latency.scenarios[].rate_qps",
     .type = number,
     .doc = "server only: mean arrival rate in requests per second; a Poisson process, drawn from "
            "`seed`.",
     .range = {.low = 0.001, .high = 1000000},
     .otherwise = "server: required"},
    {.path = "latency.scenarios[].duration_s",
     .type = number,
     .doc = "server only: duration of a round in seconds.",
     .range = {.low = 0.001, .high = 86400},
     .otherwise = "server: 10"},
};

}  // namespace

std::span<const KeyInfo> protocol_keys() { return kKeys; }

}  // namespace assay::config
