#pragma once

/// What a variant learns from in the place of the log: `perturb` and `augment` of a variant, which
/// change the events that its stages are fitted on and nothing else, so that variants with and
/// without them answer the same requests; and `loop` of an experiment.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "task/names.h"

namespace assay::task {

struct VariantSpec;

/// How false profiles are made (dataset/attack_profiles.h).
enum class AttackKind { random, average, bandwagon, segment };
/// What they are for: that target items are shown more, or less.
enum class AttackGoal { push, nuke };
/// What noise replaces of an event.
enum class NoiseOf { items, values };
/// How events are added (dataset/pseudo_events.h).
enum class AugmentMethod { neighbours, crop, mask, reorder };
/// Who gets events by `neighbours`.
enum class AugmentOf { users, items };

template <>
struct Names<AttackKind> {
  static constexpr std::string_view what = "perturb.attack.kind";
  static constexpr std::array table{
      Name{AttackKind::random, "random"}, Name{AttackKind::average, "average"},
      Name{AttackKind::bandwagon, "bandwagon"}, Name{AttackKind::segment, "segment"}};
};
template <>
struct Names<AttackGoal> {
  static constexpr std::string_view what = "perturb.attack.goal";
  static constexpr std::array table{Name{AttackGoal::push, "push"}, Name{AttackGoal::nuke, "nuke"}};
};
template <>
struct Names<NoiseOf> {
  static constexpr std::string_view what = "perturb.noise.of";
  static constexpr std::array table{Name{NoiseOf::items, "items"}, Name{NoiseOf::values, "values"}};
};
template <>
struct Names<AugmentMethod> {
  static constexpr std::string_view what = "augment.method";
  static constexpr std::array table{
      Name{AugmentMethod::neighbours, "neighbours"}, Name{AugmentMethod::crop, "crop"},
      Name{AugmentMethod::mask, "mask"}, Name{AugmentMethod::reorder, "reorder"}};
};
template <>
struct Names<AugmentOf> {
  static constexpr std::string_view what = "augment.of";
  static constexpr std::array table{Name{AugmentOf::users, "users"},
                                    Name{AugmentOf::items, "items"}};
};

/// A shilling attack: false profiles among the users of train.
struct AttackSpec {
  AttackKind kind = AttackKind::random;
  AttackGoal goal = AttackGoal::push;
  double share = 0.05;               ///< false profiles for each user of train
  double filler = 0.03;              ///< share of the items of train that a profile holds as filler
  std::vector<std::string> targets;  ///< outside ids of items
  int64_t selected = 5;              ///< bandwagon, segment: how many items each profile holds
  std::string feature;               ///< segment: the item feature that tells it
  std::string value;                 ///< segment: a label of that feature
};

struct NoiseSpec {
  double share = 0.1;  ///< of events
  NoiseOf of = NoiseOf::items;
};

/// What is wrong with the log that a variant learns from: events are dropped, then noise, then the
/// attack.
struct PerturbSpec {
  double dropped = 0;  ///< share of events
  std::optional<NoiseSpec> noise;
  std::optional<AttackSpec> attack;
  uint64_t seed = 1;
  std::string where;  ///< place in the file, for messages; no part of any identity
};

/// What is added for users or items that have few events.
struct AugmentSpec {
  AugmentMethod method = AugmentMethod::neighbours;
  AugmentOf of = AugmentOf::users;  ///< neighbours
  int64_t below = 10;  ///< who has fewer positive items (users, of an item) gets events
  int64_t copies = 1;  ///< crop, mask, reorder: sequences made from one
  double share = 0.6;  ///< crop, reorder: length of the part; mask: events that are left out
  uint64_t seed = 1;
  std::string where;
};

/// `loop` of an experiment: the last days of a simulated world, on which users answer what each
/// variant serves them (dataset/loop_log.h). A fold of the split is a day.
struct LoopSpec {
  int64_t days = 0;
};

/// Only what acts: {"dropped": 0.1, "seed": 1}. Without `where`.
void to_json(nlohmann::json& out, const PerturbSpec& value);
void from_json(const nlohmann::json& in, PerturbSpec& value);
void to_json(nlohmann::json& out, const AugmentSpec& value);
void from_json(const nlohmann::json& in, AugmentSpec& value);

/// "5 % random profiles push 2 items, 10 % of events dropped", for people.
std::string perturb_words(const PerturbSpec& spec);
/// "neighbours of users below 10 events".
std::string augment_words(const AugmentSpec& spec);

/// The first variant with the stages and the augmentation of this one that learns from the log
/// unperturbed; null where there is none.
const VariantSpec* unperturbed_twin(const VariantSpec& variant,
                                    const std::vector<VariantSpec>& variants);

}  // namespace assay::task
