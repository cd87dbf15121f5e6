#include "assignment/assigner.h"

#include <cmath>

#include "error/error.h"

namespace assay::assignment {

namespace {

std::vector<double> weights_of(const ExperimentSpec& spec) {
  std::vector<double> weights;
  double sum = 0.0;
  for (const Arm& arm : spec.arms) {
    error::require(arm.weight > 0.0, "every arm has a weight above 0");
    weights.push_back(arm.weight);
    sum += arm.weight;
  }
  error::require(!weights.empty(), "an experiment has arms");
  error::require(std::abs(sum - 1.0) <= kWeightTolerance, "the weights of the arms sum to 1");
  return weights;
}

}  // namespace

std::string_view outcome_words(Outcome outcome) {
  switch (outcome) {
    case Outcome::in_arm:
      return "";
    case Outcome::held_out:
      return "held out";
    case Outcome::outside_namespace:
      return "outside the namespace";
    case Outcome::outside_coverage:
      return "outside the coverage";
  }
  return "";
}

Assigner::Assigner(const ExperimentSpec& spec)
    : planout_arm_(spec.seed, "arm"),
      planout_coverage_(spec.seed, "coverage"),
      weights_(weights_of(spec)),
      coverage_(spec.coverage) {
  for (const Holdout& holdout : spec.holdouts)
    held_out_.push_back({GrowthBookHash(holdout.seed, 2), holdout.share});
  if (spec.in_namespace) namespace_.emplace(spec.in_namespace->name, spec.in_namespace->range);
  if (spec.hash == HashKind::planout) return;
  growthbook_.emplace(spec.seed, spec.hash == HashKind::growthbook_v1 ? 1 : 2);
  const std::vector<BucketRange> ranges =
      bucket_ranges(static_cast<int>(weights_.size()), coverage_, weights_);
  const int buckets = growthbook_->buckets();
  for (int bucket = 0; bucket < buckets; ++bucket) {
    const double n = static_cast<double>(bucket) / buckets;
    arm_of_bucket_.push_back(static_cast<int16_t>(choose_variation(n, ranges)));
  }
}

int Assigner::planout_arm(std::string_view unit) const {
  if (coverage_ < 1.0 && planout_uniform(planout_coverage_.integer(unit)) > coverage_) return -1;
  return planout_weighted_choice(planout_arm_.integer(unit), weights_);
}

int Assigner::arm_of(std::string_view unit) const {
  return growthbook_ ? arm_of_bucket_[static_cast<size_t>(growthbook_->bucket(unit))]
                     : planout_arm(unit);
}

Assignment Assigner::assign(std::string_view unit) const {
  for (const HeldOut& holdout : held_out_) {
    if (holdout.hash.hash(unit) < holdout.share) return {Outcome::held_out, -1};
  }
  if (namespace_ && !namespace_->holds(unit)) return {Outcome::outside_namespace, -1};
  const int arm = arm_of(unit);
  return {arm < 0 ? Outcome::outside_coverage : Outcome::in_arm, arm};
}

void Assigner::assign(std::span<const std::string_view> units, std::span<int16_t> arms) const {
  error::require(units.size() == arms.size(), "each unit has a place for its arm");
  const bool plain = held_out_.empty() && !namespace_;
  for (size_t i = 0; i < units.size(); ++i)
    arms[i] = static_cast<int16_t>(plain ? arm_of(units[i]) : assign(units[i]).arm);
}

}  // namespace assay::assignment
