#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/variant_reader.h"

namespace assay::config {
namespace {

// `rank.0` is rank[0], as in references.
std::string place_named(const std::string& stage) {
  const auto reference = parse_reference(stage);
  if (!reference || !reference->variant.empty()) return stage;
  return fmt::format("{}[{}]", task::name_of(reference->kind), reference->index);
}

task::DeadlineSpec read_deadline(const Section& section, const ReadVariant& variant) {
  task::DeadlineSpec deadline;
  if (!section.exists()) return deadline;
  section.require("stage");
  section.require("ms");
  section.number("ms", deadline.ms);
  section.text("fallback", deadline.fallback);
  std::string named;
  if (!section.text("stage", named)) return deadline;
  deadline.stage = place_named(named);
  std::vector<std::string> known;
  for (const auto* stages : {&variant.recall, &variant.rank, &variant.rerank}) {
    for (const ReadStage& stage : *stages) known.push_back(stage.spec.place());
  }
  if (std::ranges::count(known, deadline.stage) == 0) {
    section.problem("stage",
                    fmt::format("is {}, which is no stage of the variant{}", clipped(named),
                                error::did_you_mean(clipped(deadline.stage), known)));
  } else if (deadline.stage.starts_with("recall[") && deadline.fallback == "given") {
    section.problem(
        "stage", fmt::format("is {}, which has no input list; name a recall stage as its fallback",
                             deadline.stage));
  }
  return deadline;
}

void read_deadlines(const Section& section, ReadVariant& variant) {
  std::vector<task::DeadlineSpec>& deadlines = variant.serving.deadlines;
  section.each("deadlines", [&](const Section& element, size_t) {
    const task::DeadlineSpec deadline = read_deadline(element, variant);
    const bool twice =
        !deadline.stage.empty() &&
        std::ranges::count(deadlines, deadline.stage, &task::DeadlineSpec::stage) > 0;
    if (twice)
      element.problem("stage", fmt::format("is {}, which has one already", deadline.stage));
    deadlines.push_back(deadline);
    const Node* fallback = element.find("fallback");
    variant.fallback_places.push_back(fallback ? fallback->place : element.place());
  });
}

// What is wrong with a fallback; else it gets its variant's name.
std::string link_fallback(task::DeadlineSpec& deadline, const ReadVariant& own,
                          const std::vector<ReadVariant>& variants,
                          const std::vector<std::string>& broken) {
  std::string& fallback = deadline.fallback;
  const auto reference = parse_reference(fallback);
  if (!reference)
    return "which is neither given nor a stage; write given, recall[0] or control.recall[0]";
  if (reference->kind != PluginKind::recall)
    return "which needs candidates; only a recall stage can be a fallback";
  const std::string& name = reference->variant.empty() ? own.name : reference->variant;
  const auto found = std::ranges::find(variants, name, &ReadVariant::name);
  if (found == variants.end()) {
    if (std::ranges::count(broken, name.substr(0, name.find('['))) > 0) return "";
    std::vector<std::string> names;
    for (const ReadVariant& variant : variants) names.push_back(variant.name);
    return fmt::format("but there is no variant {}{}", clipped(name),
                       error::did_you_mean(clipped(name), names));
  }
  if (reference->index >= found->recall.size())
    return fmt::format("but {} has recall[0]{}", name,
                       found->recall.size() == 1
                           ? " only"
                           : fmt::format(" to recall[{}]", found->recall.size() - 1));
  const std::string place = fmt::format("recall[{}]", reference->index);
  if (name == own.name && place == deadline.stage)
    return "the stage that timed out; name a faster recall stage";
  fallback = fmt::format("{}.{}", name, place);
  return "";
}

}  // namespace

void link_fallbacks(std::vector<ReadVariant>& variants, const std::vector<std::string>& broken,
                    Problems& problems) {
  for (ReadVariant& variant : variants) {
    for (size_t i = 0; i < variant.serving.deadlines.size(); ++i) {
      task::DeadlineSpec& deadline = variant.serving.deadlines[i];
      if (deadline.fallback == "given") continue;
      const std::string wrong = link_fallback(deadline, variant, variants, broken);
      if (wrong.empty()) continue;
      problems.add(variant.fallback_places[i],
                   fmt::format("variants.{}.serving.deadlines[{}].fallback", variant.name, i),
                   fmt::format("is {}, {}", clipped(deadline.fallback), wrong));
    }
  }
}

void check_serving(const std::vector<ReadVariant>& variants, const task::LatencySpec& latency,
                   Problems& problems) {
  for (const task::ScenarioSpec& scenario : latency.scenarios) {
    if (scenario.kind == task::ScenarioKind::server) return;
  }
  const std::string server = "{kind: server, rate_qps: 100}";
  const std::string why =
      latency.scenarios.empty()
          ? fmt::format("there is no timing pass; add latency: {{scenarios: [{}]}}", server)
          : fmt::format("latency.scenarios has none; add {}", server);
  const nlohmann::json bare = task::ServingSpec();
  for (const ReadVariant& variant : variants) {
    if (!variant.serving_place || nlohmann::json(variant.serving) == bare) continue;
    problems.add(
        *variant.serving_place, fmt::format("variants.{}.serving", variant.name),
        fmt::format("takes effect under the scenario server only, and {}, or leave serving out",
                    why));
  }
}

void read_serving(const Section& variant, ReadVariant& read) {
  task::ServingSpec& spec = read.serving;
  const Section section = variant.sub("serving");
  if (section.exists()) read.serving_place = section.place();
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
    section.refuse("breaker", "counts timeouts of deadlines, and there are no deadlines");
}

}  // namespace assay::config
