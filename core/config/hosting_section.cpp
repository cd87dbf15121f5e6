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
  for (const auto* stages : {&variant.rank, &variant.rerank}) {
    for (const ReadStage& stage : *stages) known.push_back(stage.spec.place());
  }
  if (std::ranges::count(known, deadline.stage) > 0) return deadline;
  const std::string near =
      known.empty() ? "; the variant has none" : did_you_mean(clipped(deadline.stage), known);
  section.problem("stage", fmt::format("is {}, which is no rank or rerank stage of the variant{}",
                                       clipped(deadline.stage), near));
  return deadline;
}

void read_deadlines(const Section& section, const ReadVariant& variant, ServingSpec& spec) {
  section.each("deadlines", [&](const Section& element, size_t) {
    const DeadlineSpec deadline = read_deadline(element, variant);
    const bool twice = !deadline.stage.empty() &&
                       std::ranges::count(spec.deadlines, deadline.stage, &DeadlineSpec::stage) > 0;
    if (twice)
      element.problem("stage", fmt::format("is {}, which has one already", deadline.stage));
    spec.deadlines.push_back(deadline);
  });
}

}  // namespace

ServingSpec read_hosting(const Section& variant, const ReadVariant& read) {
  ServingSpec spec;
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
  read_deadlines(section, read, spec);
  const Section breaker = section.sub("breaker");
  if (!breaker.exists()) return spec;
  spec.breaker_after = 5;
  breaker.integer("after", spec.breaker_after);
  breaker.number("open_s", spec.breaker_open_s);
  if (spec.deadlines.empty())
    section.refuse("breaker", "counts what misses a deadline, and there are no deadlines");
  return spec;
}

}  // namespace assay::config
