#include <fmt/format.h>

#include <algorithm>

#include "config/variant_reader.h"

namespace assay::config {
namespace {

DeadlineSpec read_deadline(const Section& section, const ReadVariant& variant) {
  DeadlineSpec deadline;
  if (!section.exists()) return deadline;
  section.require("stage");
  section.require("ms");
  section.number("ms", deadline.ms);
  section.text("fallback", deadline.fallback);
  if (!section.text("stage", deadline.stage)) return deadline;
  std::vector<std::string> known;
  for (const auto* stages : {&variant.recall, &variant.rank, &variant.rerank}) {
    for (const ReadStage& stage : *stages) known.push_back(stage.spec.place());
  }
  if (std::ranges::count(known, deadline.stage) == 0) {
    section.problem(
        "stage", fmt::format("is {}, which is no stage of the variant{}", clipped(deadline.stage),
                             did_you_mean(clipped(deadline.stage), known)));
  } else if (deadline.stage.starts_with("recall[") && deadline.fallback == "given") {
    section.problem("stage", fmt::format("is {}, which is given no list to answer with; name a "
                                         "recall stage as its fallback",
                                         deadline.stage));
  }
  return deadline;
}

void read_deadlines(const Section& section, ReadVariant& variant) {
  std::vector<DeadlineSpec>& deadlines = variant.serving.deadlines;
  section.each("deadlines", [&](const Section& element, size_t) {
    const DeadlineSpec deadline = read_deadline(element, variant);
    const bool twice = !deadline.stage.empty() &&
                       std::ranges::count(deadlines, deadline.stage, &DeadlineSpec::stage) > 0;
    if (twice)
      element.problem("stage", fmt::format("is {}, which has one already", deadline.stage));
    deadlines.push_back(deadline);
    const Node* fallback = element.find("fallback");
    variant.fallback_places.push_back(fallback ? fallback->place : element.place());
  });
}

// What is wrong with a fallback; else it gets its variant's name.
std::string link_fallback(std::string& fallback, const ReadVariant& own,
                          const std::vector<ReadVariant>& variants,
                          const std::vector<std::string>& broken) {
  const auto reference = parse_reference(fallback);
  if (!reference)
    return "which is neither given nor a stage; write given, recall[0] or control.recall[0]";
  if (reference->kind != PluginKind::recall)
    return "which works on candidates; only a recall stage can answer by itself";
  const std::string& name = reference->variant.empty() ? own.name : reference->variant;
  const auto found = std::ranges::find(variants, name, &ReadVariant::name);
  if (found == variants.end()) {
    if (std::ranges::count(broken, name.substr(0, name.find('['))) > 0) return "";
    std::vector<std::string> names;
    for (const ReadVariant& variant : variants) names.push_back(variant.name);
    return fmt::format("but there is no variant {}{}", clipped(name),
                       did_you_mean(clipped(name), names));
  }
  if (reference->index >= found->recall.size())
    return fmt::format("but {} has recall[0]{}", name,
                       found->recall.size() == 1
                           ? " only"
                           : fmt::format(" to recall[{}]", found->recall.size() - 1));
  fallback = fmt::format("{}.recall[{}]", name, reference->index);
  return "";
}

}  // namespace

void link_fallbacks(std::vector<ReadVariant>& variants, const std::vector<std::string>& broken,
                    Problems& problems) {
  for (ReadVariant& variant : variants) {
    for (size_t i = 0; i < variant.serving.deadlines.size(); ++i) {
      std::string& fallback = variant.serving.deadlines[i].fallback;
      if (fallback == "given") continue;
      const std::string wrong = link_fallback(fallback, variant, variants, broken);
      if (wrong.empty()) continue;
      problems.add(variant.fallback_places[i],
                   fmt::format("variants.{}.serving.deadlines[{}].fallback", variant.name, i),
                   fmt::format("is {}, {}", clipped(fallback), wrong));
    }
  }
}

void read_hosting(const Section& variant, ReadVariant& read) {
  ServingSpec& spec = read.serving;
  const Section section = variant.sub("serving");
  section.integer("instances", spec.instances);
  section.integer("queue", spec.queue);
  const Section cache = section.sub("cache");
  if (cache.exists()) cache.require("capacity");
  cache.integer("capacity", spec.cache_capacity);
  cache.number("ttl_s", spec.cache_ttl_s);
  const Section batching = section.sub("batching");
  if (batching.exists()) batching.require("max_size");
  batching.integer("max_size", spec.batch_size);
  batching.number("max_wait_ms", spec.batch_wait_ms);
  read_deadlines(section, read);
  const Section breaker = section.sub("breaker");
  if (!breaker.exists()) return;
  spec.breaker_after = 5;
  breaker.integer("after", spec.breaker_after);
  breaker.number("open_s", spec.breaker_open_s);
  if (spec.deadlines.empty())
    section.refuse("breaker", "counts what misses a deadline, and there are no deadlines");
}

}  // namespace assay::config
