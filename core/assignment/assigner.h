#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assignment/growthbook.h"
#include "assignment/planout.h"

namespace assay::assignment {

/// Whose buckets an experiment has.
enum class HashKind { growthbook_v1, growthbook_v2, planout };

struct Arm {
  std::string name;
  double weight = 0.0;  ///< above 0; those of an experiment sum to 1
};

/// A part of a namespace (a layer): the units whose hash in it lies in the range.
struct NamespaceShare {
  std::string name;
  BucketRange range;
};

/// Units that are kept out of experiments, to tell later what all of them did together.
struct Holdout {
  std::string name;
  std::string seed;
  double share = 0.0;  ///< of all units, by hash version 2
};

/// An experiment as units are assigned to it.
struct ExperimentSpec {
  std::string name;
  std::string seed;  ///< of its hash; PlanOut's experiment salt
  HashKind hash = HashKind::growthbook_v2;
  std::vector<Arm> arms;
  double coverage = 1.0;  ///< share of the units of each arm that are in the experiment
  std::optional<NamespaceShare> in_namespace;
  std::vector<Holdout> holdouts;
};

/// Why a unit is in no arm, in the order in which it is asked.
enum class Outcome : uint8_t { in_arm, held_out, outside_namespace, outside_coverage };
/// "held out", "outside the namespace", "outside the coverage"; "" in an arm.
std::string_view outcome_words(Outcome outcome);

struct Assignment {
  Outcome outcome = Outcome::in_arm;
  int arm = -1;  ///< place in ExperimentSpec::arms; -1 in none
};

/// Assigns units to the arms of one experiment. A unit's arm depends on the unit and the experiment
/// alone, so that machines need not ask each other; more coverage adds units and moves none.
/// Threads may share it.
///
/// PlanOut has no coverage of its own: a unit is covered where the uniform number of the salt
/// "coverage" is at most the coverage (PlanOut's BernoulliTrial), and its arm is the weighted choice
/// of the salt "arm".
class Assigner {
 public:
  /// Arms that are missing or have no weight, and weights that do not sum to 1, are InternalErrors:
  /// whoever reads them from a file says so there.
  explicit Assigner(const ExperimentSpec& spec);

  /// @param unit  valid UTF-8; ASCII for PlanOut
  Assignment assign(std::string_view unit) const;
  /// The arms of many units, -1 in none. @param arms  as many as units
  void assign(std::span<const std::string_view> units, std::span<int16_t> arms) const;

 private:
  struct HeldOut {
    GrowthBookHash hash;
    double share;
  };
  int arm_of(std::string_view unit) const;
  int planout_arm(std::string_view unit) const;

  std::vector<HeldOut> held_out_;
  std::optional<NamespacePart> namespace_;
  std::optional<GrowthBookHash> growthbook_;
  std::vector<int16_t> arm_of_bucket_;  ///< of GrowthBook's buckets; -1 in none
  PlanOutHash planout_arm_, planout_coverage_;
  std::vector<double> weights_;
  double coverage_;
};

/// How far from 1 the weights of an experiment may sum, for the sake of 0.33 + 0.33 + 0.34 and
/// thirds of a few digits.
inline constexpr double kWeightTolerance = 1e-6;

}  // namespace assay::assignment
