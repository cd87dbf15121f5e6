#include "task/feedback_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "task/experiment.h"

namespace assay::task {
namespace {

nlohmann::json attack_json(const AttackSpec& attack) {
  nlohmann::json out = {{"kind", attack.kind},
                        {"goal", attack.goal},
                        {"share", attack.share},
                        {"filler", attack.filler},
                        {"targets", attack.targets}};
  if (attack.kind == AttackKind::bandwagon || attack.kind == AttackKind::segment)
    out["selected"] = attack.selected;
  if (attack.kind == AttackKind::segment)
    out["segment"] = {{"feature", attack.feature}, {"value", attack.value}};
  return out;
}

AttackSpec attack_of(const nlohmann::json& in) {
  AttackSpec out;
  in.at("kind").get_to(out.kind);
  in.at("goal").get_to(out.goal);
  in.at("share").get_to(out.share);
  in.at("filler").get_to(out.filler);
  in.at("targets").get_to(out.targets);
  out.selected = in.value("selected", out.selected);
  if (!in.contains("segment")) return out;
  in.at("segment").at("feature").get_to(out.feature);
  in.at("segment").at("value").get_to(out.value);
  return out;
}

bool copies_sequences(AugmentMethod method) { return method != AugmentMethod::neighbours; }

// Where something stands in the file tells two equal chains apart, and nothing else does.
void erase_places(nlohmann::json& json) {
  if (json.is_object()) json.erase("where");
  if (json.is_structured())
    for (nlohmann::json& member : json) erase_places(member);
}

nlohmann::json content(const VariantSpec& variant) {
  nlohmann::json out = {{"chain", variant.chain}, {"augment", nullptr}, {"tuned", nullptr}};
  if (variant.augment) out["augment"] = *variant.augment;
  for (const TunedParam& param : variant.tuned)
    out["tuned"].push_back(
        {param.stage, param.name, param.choices, param.low, param.high, param.log, param.integer});
  erase_places(out);
  return out;
}

}  // namespace

void to_json(nlohmann::json& out, const PerturbSpec& value) {
  out = {{"seed", value.seed}};
  if (value.dropped > 0) out["dropped"] = value.dropped;
  if (value.noise) out["noise"] = {{"share", value.noise->share}, {"of", value.noise->of}};
  if (value.attack) out["attack"] = attack_json(*value.attack);
}

void from_json(const nlohmann::json& in, PerturbSpec& value) {
  value = {};
  in.at("seed").get_to(value.seed);
  value.dropped = in.value("dropped", 0.0);
  if (in.contains("noise"))
    value.noise =
        NoiseSpec{in.at("noise").at("share").get<double>(), in.at("noise").at("of").get<NoiseOf>()};
  if (in.contains("attack")) value.attack = attack_of(in.at("attack"));
}

void to_json(nlohmann::json& out, const AugmentSpec& value) {
  out = {{"method", value.method}, {"below", value.below}};
  if (!copies_sequences(value.method)) {
    out["of"] = value.of;
    return;
  }
  out["copies"] = value.copies;
  out["share"] = value.share;
  out["seed"] = value.seed;
}

void from_json(const nlohmann::json& in, AugmentSpec& value) {
  value = {};
  in.at("method").get_to(value.method);
  in.at("below").get_to(value.below);
  value.of = in.value("of", value.of);
  value.copies = in.value("copies", value.copies);
  value.share = in.value("share", value.share);
  value.seed = in.value("seed", value.seed);
}

std::string perturb_words(const PerturbSpec& spec) {
  std::vector<std::string> parts;
  if (spec.dropped > 0)
    parts.push_back(fmt::format("{:g} % of events dropped", 100 * spec.dropped));
  if (spec.noise)
    parts.push_back(fmt::format("{} of {:g} % of events replaced", name_of(spec.noise->of),
                                100 * spec.noise->share));
  if (spec.attack)
    parts.push_back(fmt::format("{:g} % {} profiles that {} {}", 100 * spec.attack->share,
                                name_of(spec.attack->kind), name_of(spec.attack->goal),
                                spec.attack->targets.size() == 1
                                    ? "1 item"
                                    : fmt::format("{} items", spec.attack->targets.size())));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string augment_words(const AugmentSpec& spec) {
  if (!copies_sequences(spec.method))
    return fmt::format("events of neighbours for {} below {}", name_of(spec.of), spec.below);
  return fmt::format("{} of {:g} % of sequences below {} events, {} each", name_of(spec.method),
                     100 * spec.share, spec.below, spec.copies);
}

const VariantSpec* unperturbed_twin(const VariantSpec& variant,
                                    const std::vector<VariantSpec>& variants) {
  const nlohmann::json own = content(variant);
  for (const VariantSpec& other : variants)
    if (!other.perturb && content(other) == own) return &other;
  return nullptr;
}

}  // namespace assay::task
