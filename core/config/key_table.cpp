#include <iterator>

#include "config/key_parts.h"
#include "task/settings.h"

namespace assay::config {
namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "include",
     .type = texts,
     .doc = "Files to start from, relative to this file. Maps are merged, lists and single values "
            "of this file replace theirs; later files override earlier ones.",
     .otherwise = "none"},
    {.path = "name",
     .type = text,
     .doc = "Name of the experiment in results and reports.",
     .otherwise = "the file's name without its extension"},
    {.path = "description",
     .type = text,
     .fallback = "\"\"",
     .doc = "The question that the experiment answers."},
    {.path = "seed",
     .type = integer,
     .fallback = "1",
     .doc = "Seed of everything that is drawn once: random splits, the validation sample, "
            "bootstrap, assignment.",
     .range = kFromZero},
    {.path = "seeds",
     .type = integers,
     .fallback = "[1]",
     .doc = "One fit and one serving pass for each; stages without random numbers run once.",
     .range = kFromZero},
    {.path = "plugins",
     .type = texts,
     .fallback = "[]",
     .doc = "Shared libraries of plugins in addition to those of assay, relative to the file. "
            "Folders of plugins are given by the environment variable `ASSAY_PLUGINS`."},
    {.path = "data",
     .type = section,
     .doc =
         "Short form of `datasets` with one entry, named like its `source`. Takes the same keys.",
     .otherwise = "this or `datasets` is required"},
    {.path = "datasets",
     .type = named,
     .doc = "The data sets. Every variant runs on each; no comparison crosses them.",
     .otherwise = "this or `data` is required"},
    {.path = "device",
     .type = text,
     .fallback = "auto",
     .doc = "Where stages run. `auto` is a GPU if there is one.",
     .choices = task::spaced_names<task::Device>},
    {.path = "fit_on", .type = section, .doc = "Which windows stages learn from."},
    {.path = "learn_from",
     .type = other,
     .doc = "Event types that stages learn from: `{view: 0.2, purchase: 3}` gives each event of a "
            "type "
            "this weight and leaves out types with weight 0 and types that are not named; "
            "`[cart, purchase]` gives weight 1. Requests and ground truth do not depend on it.",
     .otherwise = "all",
     .form = "map of types to weights, or list of types"},
    {.path = "features",
     .type = other,
     .doc = "Features that stages see: `{user: [age], item: [genres]}`. `[]` is none; without "
            "`user` or "
            "`item`, all of that kind. `candidate` lists what is computed for the candidates of "
            "rank stages: see [features.md](features.md).",
     .otherwise = "all",
     .form = "map of user, item and candidate to lists"},
    {.path = "traffic",
     .type = section,
     .doc = "Definition of requests, histories and exclusions."},
    {.path = "loop",
     .type = section,
     .doc = "Feedback, in data with `format: simulator`: on its last days users answer what each "
            "variant serves, and it learns from that ([simulator](simulator.md#a-loop)).",
     .otherwise = "none: what is served changes nothing that comes later"},
    {.path = "serve", .type = section, .doc = "Size of the served slate."},
    {.path = "metrics", .type = section, .doc = "Metrics, cutoffs and slices."},
    {.path = "latency",
     .type = section,
     .doc = "The timing pass; without this key there is none.",
     .otherwise = "no timing pass"},
    {.path = "variants",
     .type = named,
     .doc = "The pipelines that are compared, by name.",
     .otherwise = kRequired},
    {.path = "tune",
     .type = section,
     .doc = "How values that stand as `{tune: ...}` in variants are chosen, on the validation "
            "window; see [tuning](tuning.md)."},
    {.path = "compare", .type = section, .doc = "How verdicts are reached."},
    {.path = "privacy",
     .type = section,
     .doc =
         "What is done to outside ids before anything is written; see [security.md](security.md).",
     .otherwise = "nothing"},
    {.path = "gate",
     .type = section,
     .doc = "When `assay gate` lets a variant take the place of the baseline; see "
            "[A/B tests and gates](ab-tests.md).",
     .otherwise = "the primary metric, `compare.margin` and the guardrails"},
    {.path = "off_policy",
     .type = section,
     .doc = "How the policies of variants are judged on logged rows: estimators, reward model; see "
            "[off-policy](off-policy.md).",
     .otherwise = "all estimators, the mean reward of an item"},
    {.path = "numeric",
     .type = section,
     .doc = "Settings that may change results in the last bits; recorded, and part of every "
            "trial's identity."},
    {.path = "limits",
     .type = section,
     .doc = "Limits of time and memory; a variant that exceeds one fails, the others continue."},
};

constexpr AbsentKey kAbsent[] = {
    {"clean", "is a key of a data set: datasets.<name>.clean, or data.clean"},
    {"slices",
     "is not part of this version; evaluate_on in a data set chooses warm or cold users and "
     "items"},
    {"policy", "is a key of a variant: variants.<name>.policy"},
    {"perturb", "is a key of a variant: variants.<name>.perturb"},
    {"augment", "is a key of a variant: variants.<name>.augment"},
    {"metrics.metrics", "is not a key of metrics; did you mean \"names\"?"},
    {"metrics.k", "is not a key of metrics; did you mean \"cutoffs\"?"},
    {"datasets.*.vectors",
     "is not part of this version; lists brings in ranked lists made by another tool"},
    {"datasets.*.graphs",
     "is not part of this version; lists brings in ranked lists made by another tool"},
    {"variants.*.recall[].keep", "is not a key of a recall source; did you mean \"k\"?"},
    {"variants.*.rank[].k", "is not a key of a rank stage; did you mean \"keep\"?"},
    {"variants.*.rerank[].k", "is not a key of a rerank stage; did you mean \"keep\"?"},
    {"variants.*.recall[].inputs.*.k",
     "is not a key of a stage in place, which is fitted and not served"},
    {"variants.*.recall[].unknown.k",
     "is not a key of a stage for unknown requests, which brings as many candidates as its source"},
    {"variants.*.recall[].unknown.lists",
     "is not a key of a stage for unknown requests; it takes a plugin, which answers any request"},
};

}  // namespace

const std::vector<KeyInfo>& key_table() {
  static const std::vector<KeyInfo> table = [] {
    std::vector<KeyInfo> all(std::begin(kKeys), std::end(kKeys));
    for (auto part : {source_keys, impression_keys, simulator_keys, dataset_keys, split_keys,
                      protocol_keys, variant_keys, feedback_keys, serving_keys, tune_keys,
                      decision_keys, off_policy_keys, privacy_keys}) {
      const std::span<const KeyInfo> keys = part();
      all.insert(all.end(), keys.begin(), keys.end());
    }
    return all;
  }();
  return table;
}

std::span<const AbsentKey> absent_keys() { return kAbsent; }

}  // namespace assay::config
