#include <fmt/format.h>

#include "config/variant_reader.h"
#include "task/feedback_spec.h"

namespace assay::config {
namespace {

void read_seed(const Section& section, uint64_t& out) {
  int64_t seed = 0;
  if (section.integer("seed", seed)) out = static_cast<uint64_t>(seed);
}

task::AttackSpec read_attack(const Section& section) {
  task::AttackSpec out;
  section.require("kind");
  section.choice("kind", out.kind);
  section.choice("goal", out.goal);
  section.number("share", out.share);
  section.number("filler", out.filler);
  if (section.require("targets") && section.texts("targets", out.targets) && out.targets.empty())
    section.problem("targets", "is empty; name an item to push or nuke");
  using enum task::AttackKind;
  const bool selects = out.kind == bandwagon || out.kind == segment;
  if (section.has("selected") && !selects)
    section.refuse("selected", "belongs to the kinds bandwagon and segment");
  section.integer("selected", out.selected);
  if (section.has("segment") && out.kind != segment)
    section.refuse("segment", "belongs to the kind segment");
  if (out.kind != segment || !section.require("segment")) return out;
  const Section of = section.sub("segment");
  if (of.require("feature")) of.text("feature", out.feature);
  if (of.require("value")) of.text("value", out.value);
  return out;
}

}  // namespace

void read_perturb(const Section& variant, ReadVariant& read) {
  if (!variant.has("perturb")) return;
  const Section section = variant.sub("perturb");
  if (!section.exists()) return;
  auto spec = std::make_shared<task::PerturbSpec>();
  section.number("dropped", spec->dropped);
  read_seed(section, spec->seed);
  if (const Section noise = section.sub("noise"); noise.exists()) {
    spec->noise.emplace();
    if (noise.require("share")) noise.number("share", spec->noise->share);
    noise.choice("of", spec->noise->of);
  }
  if (const Section attack = section.sub("attack"); attack.exists())
    spec->attack = read_attack(attack);
  if (!section.has("dropped") && !spec->noise && !spec->attack)
    variant.problem("perturb", "changes nothing: give dropped, noise or attack, or leave it out");
  // As the first member of a grid has it, which learns from the log as it is.
  if (spec->dropped == 0 && !spec->noise && !spec->attack) return;
  spec->where = section.place().text();
  read.perturb = std::move(spec);
}

void read_augment(const Section& variant, ReadVariant& read) {
  if (!variant.has("augment")) return;
  const Section section = variant.sub("augment");
  if (!section.exists()) return;
  auto spec = std::make_shared<task::AugmentSpec>();
  section.require("method");
  section.choice("method", spec->method);
  using enum task::AugmentMethod;
  if (spec->method == mask) spec->share = 0.3;
  section.choice("of", spec->of);
  section.integer("below", spec->below);
  section.integer("copies", spec->copies);
  section.number("share", spec->share);
  read_seed(section, spec->seed);
  if (spec->method == neighbours) {
    for (const char* key : {"copies", "share", "seed"})
      if (section.has(key)) section.refuse(key, "belongs to the methods crop, mask and reorder");
  } else if (section.has("of")) {
    section.refuse("of", "belongs to the method neighbours");
  }
  spec->where = section.place().text();
  read.augment = std::move(spec);
}

}  // namespace assay::config
