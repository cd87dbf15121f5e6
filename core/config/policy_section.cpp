#include <fmt/format.h>

#include "config/variant_reader.h"

namespace assay::config {
namespace {

const ReadStage* last_stage(const ReadVariant& variant) {
  if (!variant.rerank.empty()) return &variant.rerank.back();
  if (!variant.rank.empty()) return &variant.rank.back();
  return variant.recall.empty() ? nullptr : &variant.recall.back();
}

bool draws(const ReadStage& stage) { return stage.plugin && stage.plugin->traits.draws_in_serving; }

// A stage whose draws make the probabilities of the policy another thing than what was drawn from
// this once.
const ReadStage* spoiling_stage(const ReadVariant& variant) {
  const bool last_may = variant.policy->kind == task::PolicyKind::stages;
  for (const auto* stages : {&variant.recall, &variant.rank, &variant.rerank})
    for (const ReadStage& stage : *stages)
      if (draws(stage) && !(last_may && &stage == last_stage(variant))) return &stage;
  return nullptr;
}

void check_stages(const ReadVariant& variant, Problems& problems) {
  const std::string path = fmt::format("variants.{}.policy", variant.name);
  if (const ReadStage* stage = spoiling_stage(variant)) {
    const bool stages = variant.policy->kind == task::PolicyKind::stages;
    problems.add(*variant.policy_place, path,
                 fmt::format("has no probabilities: {} ({}) draws {}", stage->spec.place(),
                             stage->spec.plugin,
                             stages ? "before the last stage, so that those of the last stage are "
                                      "of one draw only"
                                    : "what is served; take kind: stages where it is the last "
                                      "stage and tells its probabilities, or leave the stage out"));
    return;
  }
  const bool merged = variant.rank.empty() && variant.rerank.empty() &&
                      (variant.recall.size() > 1 || variant.merge.k > 0);
  if (variant.policy->kind == task::PolicyKind::stages && merged)
    problems.add(*variant.policy_place, path,
                 "has kind stages, and the list is merged or cut behind its last stage; add a "
                 "rerank stage that draws (plackett_luce), or take softmax or epsilon_greedy");
}

}  // namespace

void read_policy(const Section& variant, ReadVariant& read) {
  if (!variant.has("policy")) return;
  task::PolicySpec spec;
  using enum task::PolicyKind;
  const Node* named = variant.find("policy")->find("kind");
  // Nothing where the kind is missing or wrong: the keys of every kind are then taken for known.
  const auto kind = named ? task::parse<task::PolicyKind>(named->text) : std::nullopt;
  const Section section = variant.sub("policy", kind ? std::string(task::name_of(*kind)) : "");
  if (!section.exists()) return;
  section.require("kind");
  section.choice("kind", spec.kind);
  if (!kind || kind == softmax) section.number("temperature", spec.temperature);
  if (!kind || kind == epsilon_greedy) section.number("epsilon", spec.epsilon);
  read.policy = spec;
  read.policy_place = section.place();
}

void check_policies(const std::vector<ReadVariant>& variants, const task::Experiment& experiment,
                    Problems& problems) {
  const bool logged = experiment.traffic.requests == task::RequestUnit::logged;
  const bool allowed = experiment.traffic.candidates == task::CandidateSource::allowed;
  for (const ReadVariant& variant : variants) {
    if (!variant.policy) continue;
    if (!logged || !allowed) {
      problems.add(
          *variant.policy_place, fmt::format("variants.{}.policy", variant.name),
          fmt::format("acts on logged requests, with or without success, and chooses among "
                      "what they allow; traffic.{} is {}: write traffic: {{requests: "
                      "logged, candidates: allowed}}, or leave policy out",
                      logged ? "candidates" : "requests",
                      logged ? task::name_of(experiment.traffic.candidates)
                             : task::name_of(experiment.traffic.requests)));
      continue;
    }
    check_stages(variant, problems);
  }
}

}  // namespace assay::config
