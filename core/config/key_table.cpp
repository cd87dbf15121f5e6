#include <iterator>

#include "config/key_parts.h"

namespace assay::config {
namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "include",
     .type = texts,
     .doc = "Files that this one builds on, relative to it. Maps merge, lists and single values "
            "of this file replace theirs. Later ones go over earlier ones.",
     .otherwise = "none"},
    {.path = "name",
     .type = text,
     .doc = "What the experiment is called in results and reports.",
     .otherwise = "the file's name without its ending"},
    {.path = "description",
     .type = text,
     .fallback = "\"\"",
     .doc = "The question that the experiment answers."},
    {.path = "seed",
     .type = integer,
     .fallback = "1",
     .doc = "Drives what is drawn once: seeded splits, the validation sample, bootstrap, "
            "assignment.",
     .range = kFromZero},
    {.path = "seeds",
     .type = integers,
     .fallback = "[1]",
     .doc = "One fit and one serving pass for each; stages that draw nothing run once.",
     .range = kFromZero},
    {.path = "plugins",
     .type = texts,
     .fallback = "[]",
     .doc = "Shared libraries beside those that come with assay, relative to the file. Whole "
            "folders are named by the environment's `ASSAY_PLUGINS`."},
    {.path = "data",
     .type = section,
     .doc = "Short for `datasets` with one entry, called as its `source`. Takes the same keys.",
     .otherwise = "this or `datasets` is required"},
    {.path = "datasets",
     .type = named,
     .doc = "The data sets. Every variant runs on each; no comparison crosses them.",
     .otherwise = "this or `data` is required"},
    {.path = "device",
     .type = text,
     .fallback = "auto",
     .doc = "Where stages run. `auto` is a GPU where there is one.",
     .choices = "auto cpu cuda"},
    {.path = "fit_on", .type = section, .doc = "Which windows stages learn from."},
    {.path = "traffic", .type = section, .doc = "Which requests are served."},
    {.path = "serve", .type = section, .doc = "What a served slate looks like."},
    {.path = "metrics", .type = section, .doc = "What is measured."},
    {.path = "latency",
     .type = section,
     .doc = "The timing pass; left out, there is none.",
     .otherwise = "no timing pass"},
    {.path = "variants",
     .type = named,
     .doc = "The pipelines that are compared, by name.",
     .otherwise = kRequired},
    {.path = "compare", .type = section, .doc = "How verdicts are reached."},
    {.path = "numeric",
     .type = section,
     .doc = "Settings that may change a computed bit; recorded, and part of every trial's "
            "identity."},
    {.path = "limits",
     .type = section,
     .doc = "What a stage may use; beyond it, its variant fails and the others go on."},
};

constexpr AbsentKey kAbsent[] = {
    {"tune",
     "is not part of this version; a grid in a variant tries several values: {grid: [0.3, 0.5]}"},
    {"clean", "is a key of a data set: datasets.<name>.clean, or data.clean"},
    {"slices",
     "is not part of this version; evaluate_on in a data set chooses warm or cold users and "
     "items"},
    {"policy", "is not part of this version; metrics are measured on what is retrieved and served"},
    {"datasets.*.vectors",
     "is not part of this version; lists brings in ranked lists made by another tool"},
    {"datasets.*.graphs",
     "is not part of this version; lists brings in ranked lists made by another tool"},
    {"variants.*.recall[].keep", "is not a key of a recall source; did you mean \"k\"?"},
    {"variants.*.rank[].k", "is not a key of a rank stage; did you mean \"keep\"?"},
    {"variants.*.rerank[].k", "is not a key of a rerank stage; did you mean \"keep\"?"},
    {"variants.*.recall[].inputs.*.k",
     "is not a key of a stage in place, which is fitted and not served"},
};

}  // namespace

const std::vector<KeyInfo>& key_table() {
  static const std::vector<KeyInfo> table = [] {
    std::vector<KeyInfo> all(std::begin(kKeys), std::end(kKeys));
    for (auto part : {source_keys, dataset_keys, split_keys, protocol_keys, variant_keys,
                      serving_keys, decision_keys}) {
      const std::span<const KeyInfo> keys = part();
      all.insert(all.end(), keys.begin(), keys.end());
    }
    return all;
  }();
  return table;
}

std::span<const AbsentKey> absent_keys() { return kAbsent; }

}  // namespace assay::config
