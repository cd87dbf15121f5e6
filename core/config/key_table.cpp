#include "config/keys.h"

namespace assay::config {
namespace {

using enum ValueType;

constexpr std::string_view kRequired = "required";
constexpr Range kFromZero{.low = 0};
constexpr Range kFromOne{.low = 1};
constexpr Range kShare{.low = 0, .high = 1, .open = true};
constexpr Range kShareOrNone{.low = 0, .high = 0.999};

std::vector<KeyInfo> general_keys() {
  return {
      {.path = "include", .type = texts, .doc = "Files that this one builds on, relative to it. Maps merge, lists and single values of this file replace theirs. Later ones go over earlier ones.", .otherwise = "none"},
      {.path = "name", .type = text, .doc = "What the experiment is called in results and reports.", .otherwise = "the file's name without its ending"},
      {.path = "description", .type = text, .fallback = "\"\"", .doc = "The question that the experiment answers."},
      {.path = "seed", .type = integer, .fallback = "1", .doc = "Drives what is drawn once: seeded splits, the validation sample, bootstrap, assignment.", .range = kFromZero},
      {.path = "seeds", .type = integers, .fallback = "[1]", .doc = "One fit and one serving pass for each; stages that draw nothing run once.", .range = kFromZero},
      {.path = "plugins", .type = texts, .fallback = "[]", .doc = "Shared libraries beside those that come with assay, relative to the file. Whole folders are named by the environment's `ASSAY_PLUGINS`."},
      {.path = "data", .type = section, .doc = "Short for `datasets` with one entry, called as its `source`. Takes the same keys.", .otherwise = "this or `datasets` is required"},
      {.path = "datasets", .type = named, .doc = "The data sets. Every variant runs on each; no comparison crosses them.", .otherwise = "this or `data` is required"},
      {.path = "device", .type = text, .fallback = "auto", .doc = "Where stages run. `auto` is a GPU where there is one.", .choices = {"auto", "cpu", "cuda"}},
      {.path = "fit_on", .type = section, .doc = "Which windows stages learn from."},
      {.path = "traffic", .type = section, .doc = "Which requests are served."},
      {.path = "serve", .type = section, .doc = "What a served slate looks like."},
      {.path = "metrics", .type = section, .doc = "What is measured."},
      {.path = "latency", .type = section, .doc = "The timing pass; left out, there is none.", .otherwise = "no timing pass"},
      {.path = "variants", .type = named, .doc = "The pipelines that are compared, by name.", .otherwise = kRequired},
      {.path = "compare", .type = section, .doc = "How verdicts are reached."},
      {.path = "numeric", .type = section, .doc = "Settings that may change a computed bit; recorded, and part of every trial's identity."},
      {.path = "limits", .type = section, .doc = "What a stage may use; beyond it, its variant fails and the others go on."},
  };
}

std::vector<KeyInfo> dataset_keys() {
  return {
      {.path = "datasets.*.source", .type = other, .doc = "A name of the data catalogue (`assay data list`), or a map that says where the files are and how to read them.", .otherwise = kRequired, .form = "text or map"},
      {.path = "datasets.*.source.path", .type = text, .doc = "File or folder, relative to the experiment file.", .otherwise = kRequired},
      {.path = "datasets.*.source.format", .type = text, .doc = "How the files are written.", .choices = {"recbole", "csv", "user_items"}, .later = {"parquet", "sequences", "open_bandit"}, .otherwise = kRequired},
      {.path = "datasets.*.source.columns", .type = section, .doc = "Which column holds what. Columns of the events that are named nowhere can still be a target's."},
      {.path = "datasets.*.source.columns.user", .type = text, .doc = "Outside user id.", .otherwise = "required for csv; recbole: `user_id`"},
      {.path = "datasets.*.source.columns.item", .type = text, .doc = "Outside item id.", .otherwise = "required for csv; recbole: `item_id`"},
      {.path = "datasets.*.source.columns.time", .type = text, .doc = "Seconds since 1970, UTC. Without it, file order is time order within a user, and what needs times is refused.", .otherwise = "csv: none; recbole: `timestamp`"},
      {.path = "datasets.*.source.columns.value", .type = text, .doc = "How strong an event is, such as a rating.", .otherwise = "csv: none; recbole: `rating`"},
      {.path = "datasets.*.source.delimiter", .type = text, .fallback = "\",\"", .doc = "csv only: what stands between columns, one character; `\"\\t\"` for a tab."},
      {.path = "datasets.*.targets", .type = named, .doc = "What counts as a positive, by name. The first is the truth; others are for rankers with several targets.", .otherwise = "every event is positive"},
      {.path = "datasets.*.targets.*.column", .type = text, .doc = "A column of numbers of the events.", .otherwise = kRequired},
      {.path = "datasets.*.targets.*.at_least", .type = number, .doc = "Positive from this value on.", .otherwise = "no bound; without any bound, every event with a value in the column is positive"},
      {.path = "datasets.*.targets.*.at_most", .type = number, .doc = "Positive up to this value.", .otherwise = "no bound"},
      {.path = "datasets.*.targets.*.equals", .type = number, .doc = "Positive at exactly this value.", .otherwise = "no bound"},
      {.path = "datasets.*.filter", .type = section, .doc = "Which users and items stay."},
      {.path = "datasets.*.filter.min_user_events", .type = integer, .fallback = "0", .doc = "Users with fewer events go; one pass.", .range = kFromZero},
      {.path = "datasets.*.filter.min_item_events", .type = integer, .fallback = "0", .doc = "Items with fewer events go; one pass.", .range = kFromZero},
      {.path = "datasets.*.filter.k_core", .type = integer, .fallback = "0", .doc = "Users and items with fewer events go, again and again until none does; 0 is off.", .range = kFromZero},
      {.path = "datasets.*.filter.scope", .type = text, .fallback = "train", .doc = "Events that are counted: those of the training window, or `all`, which lets the test window decide who stays and is shown in the audit.", .choices = {"train", "all"}},
      {.path = "datasets.*.split", .type = section, .doc = "How the log is cut into train, rank, validation and test."},
      {.path = "datasets.*.split.method", .type = text, .fallback = "global_time", .doc = "`global_time` cuts all users at the same moments, the least leaky; `leave_last_out` takes the last events of each user; `given` takes files that are split already; `row_hash` sends rows by a multiplicative hash.", .choices = {"global_time", "leave_last_out", "given", "row_hash"}, .later = {"per_user_time", "random", "walk_forward"}},
      {.path = "datasets.*.split.over", .type = text, .fallback = "all", .doc = "What is split: all events, or the positives only.", .choices = {"all", "positives"}},
      {.path = "datasets.*.split.rank", .type = number, .fallback = "0.05", .doc = "Share of the events from which learned rank stages learn; 0 leaves the window out.", .range = kShareOrNone, .method = "global_time"},
      {.path = "datasets.*.split.validation", .type = number, .fallback = "0.05", .doc = "Share for early stopping and tuning.", .range = kShareOrNone, .method = "global_time"},
      {.path = "datasets.*.split.test", .type = number, .fallback = "0.1", .doc = "Share, the newest, from which the answer is read.", .range = kShare, .method = "global_time"},
      {.path = "datasets.*.split.boundary", .type = text, .fallback = "time", .doc = "`time` keeps events of the same second on one side; `row` cuts exactly at the share.", .choices = {"time", "row"}, .method = "global_time"},
      {.path = "datasets.*.split.rank", .type = integer, .fallback = "0", .doc = "Events a user, before those for validation.", .range = kFromZero, .method = "leave_last_out"},
      {.path = "datasets.*.split.validation", .type = integer, .fallback = "0", .doc = "Events a user, before those for the test.", .range = kFromZero, .method = "leave_last_out"},
      {.path = "datasets.*.split.test", .type = integer, .fallback = "1", .doc = "Events a user, the last ones.", .range = kFromOne, .method = "leave_last_out"},
      {.path = "datasets.*.split.train_file", .type = text, .doc = "File of the training events, relative to the data set's folder.", .otherwise = "required, unless the catalogue knows it", .method = "given"},
      {.path = "datasets.*.split.test_file", .type = text, .doc = "File of the test events, relative to the data set's folder.", .otherwise = "required, unless the catalogue knows it", .method = "given"},
      {.path = "datasets.*.split.rank", .type = number, .fallback = "0", .doc = "Seeded share of the training part.", .range = kShareOrNone, .method = "given"},
      {.path = "datasets.*.split.validation", .type = number, .fallback = "0", .doc = "Seeded share of the training part.", .range = kShareOrNone, .method = "given"},
      {.path = "datasets.*.split.multiplier", .type = integer, .fallback = "2654435761", .doc = "A row goes to (row × multiplier mod 2^32) mod modulus.", .range = {.low = 1, .high = 4294967295}, .method = "row_hash"},
      {.path = "datasets.*.split.modulus", .type = integer, .fallback = "5", .doc = "Number of parts.", .range = {.low = 2, .high = 4294967295}, .method = "row_hash"},
      {.path = "datasets.*.split.test", .type = integer, .fallback = "0", .doc = "The part that is the test window, below `modulus`.", .range = kFromZero, .method = "row_hash"},
      {.path = "datasets.*.split.rank", .type = number, .fallback = "0", .doc = "Seeded share of the other parts.", .range = kShareOrNone, .method = "row_hash"},
      {.path = "datasets.*.split.validation", .type = number, .fallback = "0", .doc = "Seeded share of the other parts.", .range = kShareOrNone, .method = "row_hash"},
      {.path = "datasets.*.evaluate_on", .type = section, .doc = "Who and what is evaluated."},
      {.path = "datasets.*.evaluate_on.users", .type = text, .fallback = "all", .doc = "`warm` users have a training event, `cold` ones have none.", .choices = {"all", "warm", "cold"}},
      {.path = "datasets.*.evaluate_on.items", .type = text, .fallback = "all", .doc = "Which items of the truth count; `warm` ones have a training event.", .choices = {"all", "warm", "cold"}},
      {.path = "datasets.*.lists", .type = named, .doc = "Ranked lists made by another tool, by name: TREC runs (`query Q0 item rank score tag`), relative to the file. A recall source `{lists: name, k: 200}` serves them.", .otherwise = "none", .form = "map of names to files"},
      {.path = "datasets.*.allow_leak", .type = texts, .fallback = "[]", .doc = "Why a leak that the audit finds, and that the split need not have, is to be accepted. Shown with the results."},
  };
}

std::vector<KeyInfo> serving_keys() {
  return {
      {.path = "fit_on.recall", .type = windows, .fallback = "[train]", .doc = "For recall stages.", .choices = {"train", "rank", "validation"}},
      {.path = "fit_on.rank", .type = windows, .fallback = "[rank]", .doc = "For stages that learn from candidates: labels of what recall brought up there.", .choices = {"train", "rank", "validation"}},
      {.path = "fit_on.final", .type = other, .fallback = "same", .doc = "Windows on which recall is fitted again before the test; `same` serves the test with the models that there are.", .choices = {"train", "rank", "validation"}, .form = "same or a list of windows"},
      {.path = "traffic.requests", .type = text, .fallback = "per_user", .doc = "One request for each user with a positive in the window.", .choices = {"per_user"}, .later = {"per_event", "logged"}},
      {.path = "traffic.candidates", .type = text, .fallback = "retrieved", .doc = "What later stages choose from: what recall brought up.", .choices = {"retrieved"}, .later = {"logged", "allowed"}},
      {.path = "traffic.history_length", .type = other, .fallback = "all", .doc = "How many of the newest events of the history a request carries.", .range = kFromOne, .form = "all or an integer"},
      {.path = "traffic.exclude_seen", .type = windows, .fallback = "[train, rank, validation]", .doc = "Items that a user has seen in these windows are not served.", .choices = {"train", "rank", "validation"}},
      {.path = "serve.size", .type = integer, .fallback = "20", .doc = "Items on a slate; at least the largest cutoff.", .range = {.low = 1, .high = 10000}},
      {.path = "metrics.groups", .type = texts, .fallback = "[accuracy]", .doc = "Groups of metrics, each in its default definition (`assay list metrics`)."},
      {.path = "metrics.names", .type = texts, .fallback = "[]", .doc = "Single metrics, also in another definition (`recall{den=min(R,k)}`) or at one cutoff only (`ndcg@5`)."},
      {.path = "metrics.cutoffs", .type = integers, .fallback = "[10]", .doc = "List lengths at which metrics are taken.", .range = kFromOne},
      {.path = "metrics.pool_cutoffs", .type = integers, .fallback = "[]", .doc = "List lengths at which recall and the primary metric are taken on the candidates of every stage.", .range = kFromOne},
      {.path = "metrics.primary", .type = text, .doc = "What verdicts are about.", .otherwise = "ndcg at the first cutoff"},
      {.path = "latency.rounds", .type = integer, .fallback = "3", .doc = "Rounds over all variants, interleaved; at least 3, or 0 for no timing pass.", .range = {.low = 0, .high = 1000}},
      {.path = "latency.warmup_requests", .type = integer, .fallback = "50", .doc = "Requests served before the clock starts.", .range = kFromZero},
      {.path = "latency.scenarios", .type = sections, .fallback = "[{kind: single_stream}]", .doc = "Loads under which variants are timed."},
      {.path = "latency.scenarios[].kind", .type = text, .doc = "`single_stream`: one request after the other; `offline`: in batches, as fast as they go.", .choices = {"single_stream", "offline"}, .later = {"server"}, .otherwise = kRequired},
      {.path = "latency.scenarios[].requests", .type = integer, .doc = "How many are timed in a round.", .range = kFromOne, .otherwise = "as many as the scenario needs for its percentiles"},
      {.path = "latency.scenarios[].batch_size", .type = integer, .doc = "offline only: requests a batch.", .range = {.low = 1, .high = 1048576}, .otherwise = "1024"},
  };
}

std::vector<KeyInfo> variant_keys() {
  return {
      {.path = "variants.*.description", .type = text, .fallback = "\"\"", .doc = "What is special about it. Not inherited."},
      {.path = "variants.*.extends", .type = text, .doc = "A variant to start from. Maps merge, lists and single values of this variant replace.", .otherwise = "none"},
      {.path = "variants.*.set", .type = named, .doc = "Changes to single settings, applied last: `{recall.0.k: 300}`. The same grammar as `--set`.", .otherwise = "none", .form = "map of paths to values"},
      {.path = "variants.*.recall", .type = sections, .doc = "Sources of candidates.", .otherwise = kRequired},
      {.path = "variants.*.merge", .type = section, .doc = "How several sources become one candidate list."},
      {.path = "variants.*.rank", .type = sections, .fallback = "[]", .doc = "Stages that score and order the candidates, in turn."},
      {.path = "variants.*.rerank", .type = sections, .fallback = "[]", .doc = "Stages that choose and order the slate, in turn."},
      {.path = "variants.*.recall[].plugin", .type = text, .doc = "A recall strategy (`assay list plugins`).", .otherwise = "this or `lists` is required"},
      {.path = "variants.*.recall[].lists", .type = text, .doc = "Instead of a strategy: imported ranked lists of the data set, by their name.", .otherwise = "none"},
      {.path = "variants.*.recall[].k", .type = integer, .doc = "Candidates a request.", .range = {.low = 1, .high = 1000000}, .otherwise = "200 where stages follow or sources are merged, else the slate's size; at least the largest pool cutoff"},
      {.path = "variants.*.recall[].params", .type = named, .doc = "Parameters of the strategy (`assay describe PLUGIN`).", .otherwise = "each at its default", .form = "map of parameters"},
      {.path = "variants.*.recall[].inputs", .type = named, .doc = "Other fitted stages that the strategy uses: `recall[0]` (same variant), `control.recall[0]`, or a stage written in place.", .otherwise = "none", .form = "map of inputs to stages"},
      {.path = "variants.*.recall[].inputs.*.plugin", .type = text, .doc = "A stage in place, fitted but not served.", .otherwise = kRequired},
      {.path = "variants.*.recall[].inputs.*.params", .type = named, .doc = "Its parameters.", .otherwise = "each at its default", .form = "map of parameters"},
      {.path = "variants.*.recall[].inputs.*.inputs", .type = named, .doc = "Its own inputs.", .otherwise = "none", .form = "map of inputs to stages"},
      {.path = "variants.*.merge.method", .type = text, .fallback = "reciprocal_rank", .doc = "`reciprocal_rank` adds weight / (k0 + rank) over the sources (Cormack et al. 2009).", .choices = {"reciprocal_rank"}},
      {.path = "variants.*.merge.params", .type = section, .doc = "Settings of the method."},
      {.path = "variants.*.merge.params.k0", .type = number, .fallback = "60", .doc = "The larger, the less the first ranks stand out.", .range = kFromZero},
      {.path = "variants.*.merge.params.weights", .type = other, .doc = "One positive number for each source.", .otherwise = "all equal", .form = "a list of numbers"},
      {.path = "variants.*.merge.k", .type = integer, .fallback = "0", .doc = "Candidates that are kept after merging; 0 keeps all.", .range = kFromZero},
      {.path = "variants.*.rank[].plugin", .type = text, .doc = "A rank strategy.", .otherwise = kRequired},
      {.path = "variants.*.rank[].keep", .type = integer, .doc = "Candidates that go on, at least as many as are served.", .range = kFromOne, .otherwise = "all"},
      {.path = "variants.*.rank[].params", .type = named, .doc = "Parameters of the strategy.", .otherwise = "each at its default", .form = "map of parameters"},
      {.path = "variants.*.rank[].inputs", .type = named, .doc = "As for recall.", .otherwise = "none", .form = "map of inputs to stages"},
      {.path = "variants.*.rerank[].plugin", .type = text, .doc = "A rerank strategy.", .otherwise = kRequired},
      {.path = "variants.*.rerank[].keep", .type = integer, .doc = "Length of the slate that goes on; the last stage's is `serve.size`.", .range = kFromOne, .otherwise = "`serve.size`"},
      {.path = "variants.*.rerank[].params", .type = named, .doc = "Parameters of the strategy.", .otherwise = "each at its default", .form = "map of parameters"},
      {.path = "variants.*.rerank[].inputs", .type = named, .doc = "As for recall.", .otherwise = "none", .form = "map of inputs to stages"},
  };
}

std::vector<KeyInfo> decision_keys() {
  return {
      {.path = "compare.baseline", .type = text, .doc = "The variant that the others are held against.", .otherwise = "the first variant"},
      {.path = "compare.unit", .type = text, .fallback = "user", .doc = "What is paired and resampled.", .choices = {"user"}},
      {.path = "compare.alpha", .type = number, .fallback = "0.05", .doc = "Chance of a false verdict over the whole family.", .range = kShare},
      {.path = "compare.margin", .type = number, .fallback = "0", .doc = "Differences of the primary metric below it are of no practical interest; 0: none is named.", .range = kFromZero},
      {.path = "compare.power", .type = number, .fallback = "0.8", .doc = "For the minimum detectable effect.", .range = kShare},
      {.path = "compare.resamples", .type = integer, .fallback = "10000", .doc = "Of the bootstrap.", .range = {.low = 100, .high = 10000000}},
      {.path = "compare.guardrails", .type = sections, .fallback = "[]", .doc = "What must not get worse for a variant to be called better."},
      {.path = "compare.guardrails[].metric", .type = text, .doc = "`latency_ms`, or a metric that is measured (`item_coverage@10`).", .otherwise = kRequired},
      {.path = "compare.guardrails[].quantile", .type = number, .doc = "latency_ms only: 0.99 for p99.", .range = kShare, .otherwise = "required for latency_ms"},
      {.path = "compare.guardrails[].scenario", .type = text, .doc = "latency_ms only: one of latency.scenarios.", .otherwise = "the first scenario"},
      {.path = "compare.guardrails[].max_increase", .type = other, .doc = "Largest increase over the baseline: in the metric's unit, or `10%` of the baseline's value.", .otherwise = "this or max_decrease is required", .form = "a number or a percentage"},
      {.path = "compare.guardrails[].max_decrease", .type = other, .doc = "Largest decrease, likewise.", .otherwise = "this or max_increase is required", .form = "a number or a percentage"},
      {.path = "numeric.threads", .type = integer, .fallback = "1", .doc = "Threads of one task; never derived from the number of workers.", .range = {.low = 1, .high = 1024}},
      {.path = "numeric.tf32", .type = boolean, .fallback = "false", .doc = "Let a GPU round factors of products to 10 bits: faster, less exact."},
      {.path = "numeric.dtype", .type = text, .fallback = "float32", .doc = "Type of scores.", .choices = {"float32"}},
      {.path = "numeric.batch_size", .type = integer, .fallback = "1024", .doc = "Requests a batch; a multiple of 64.", .range = {.low = 64, .high = 65536}},
      {.path = "limits.fit", .type = other, .fallback = "3600", .doc = "Longest fit of one stage.", .form = "seconds, or text such as 90s, 10min, 2h"},
      {.path = "limits.batch", .type = other, .fallback = "60", .doc = "Longest time of one stage on one batch.", .form = "seconds, or text such as 90s, 10min, 2h"},
      {.path = "limits.memory", .type = other, .fallback = "0", .doc = "What a worker may take beyond what it starts with; 0 is no limit.", .form = "GiB, or text such as 512MiB, 4GiB"},
  };
}

}  // namespace

const std::vector<KeyInfo>& key_table() {
  static const std::vector<KeyInfo> table = [] {
    std::vector<KeyInfo> all;
    for (auto part : {general_keys, dataset_keys, serving_keys, variant_keys, decision_keys}) {
      for (KeyInfo& key : part()) all.push_back(std::move(key));
    }
    return all;
  }();
  return table;
}

const std::vector<AbsentKey>& absent_keys() {
  static const std::vector<AbsentKey> keys = {
      {"tune", "is not part of this version; a grid in a variant tries several values: {grid: [0.3, 0.5]}"},
      {"clean", "is not part of this version; filter in a data set drops users and items with few events"},
      {"slices", "is not part of this version; evaluate_on in a data set chooses warm or cold users and items"},
      {"policy", "is not part of this version; metrics are measured on what is retrieved and served"},
      {"datasets.*.vectors", "is not part of this version; lists brings in ranked lists made by another tool"},
      {"datasets.*.graphs", "is not part of this version; lists brings in ranked lists made by another tool"},
      {"latency.scenarios[].rate_qps", "is not part of this version, whose scenarios are single_stream and offline"},
      {"latency.scenarios[].duration_s", "is not part of this version, whose scenarios are single_stream and offline"},
      {"variants.*.recall[].keep", "is not a key of a recall source; did you mean \"k\"?"},
      {"variants.*.rank[].k", "is not a key of a rank stage; did you mean \"keep\"?"},
      {"variants.*.rerank[].k", "is not a key of a rerank stage; did you mean \"keep\"?"},
      {"variants.*.recall[].inputs.*.k", "is not a key of a stage in place, which is fitted and not served"},
  };
  return keys;
}

}  // namespace assay::config
