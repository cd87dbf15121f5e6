#include "ope/finish.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "ope/intervals.h"
#include "ope/limits.h"
#include "ope/slope.h"
#include "stats/distributions.h"
#include "stats/gathered.h"

namespace assay::ope {

namespace {

/// From this share of weight on without a reward an estimate says so.
constexpr double kUnrewardedNoted = 0.3;

bool has_own_weights(const Slot& slot) {
  return slot.weights == WeightKind::marginal || slot.weights == WeightKind::balanced;
}

/// Weights that the estimator does not divide by mu for are judged by their own mean.
Overlap overlap_to_judge(const Slot& slot, const WeightSummary& weights, const Overlap& overlap) {
  if (!has_own_weights(slot)) return overlap;
  Overlap own = overlap;
  own.weights = weights;
  own.largest_weight_row = 0;
  return own;
}

}  // namespace

bool SlotSums::contains(const Slot& slot) const {
  return std::ranges::any_of(slots, [&](const auto& one) { return one.first == slot; });
}

const Sums& SlotSums::of(const Slot& slot) const {
  for (const auto& [known, sums] : slots) {
    if (known == slot) return sums;
  }
  throw error::InternalError("the sums of an estimator were made");
}

Finishing::Finishing(std::span<const Choice> choices, const Options& options, LogFacts facts)
    : options_(options), facts_(std::move(facts)) {
  for (const Choice& choice : choices) made_.push_back(make(choice));
}

std::string Finishing::no_value(Estimator estimator) const {
  if (facts_.rounds == 0) return "the log has no rounds";
  if (const auto missing = missing_columns(estimator, facts_.has)) return *missing;
  const Slot slot = slot_of(estimator, 0.0);
  if (estimator == Estimator::dm || has_own_weights(slot)) return "";
  if (facts_.overlap.weights.largest == 0.0) {
    return fmt::format(
        "no overlap: the policy gives none of the {} logged actions a probability above 0",
        facts_.rounds);
  }
  if (estimator != Estimator::replay) return "";
  if (!facts_.deterministic) return "replay needs a policy that is deterministic";
  if (!facts_.uniform) return "replay needs a uniform logging policy: propensities differ";
  return "";
}

Finishing::Made Finishing::make(const Choice& choice) const {
  Made made;
  made.estimator = choice.estimator;
  made.estimate.name = estimator_name(choice.estimator);
  made.estimate.reason = no_value(choice.estimator);
  if (!made.estimate.reason.empty()) return made;
  double parameter = choice.parameter.value_or(0.0);
  if (has_parameter(choice.estimator)) {
    made.estimate.tuned = !choice.parameter;
    if (made.estimate.tuned) parameter = tuned_parameter(choice.estimator);
    made.estimate.unlimited = std::isinf(parameter);
    if (!made.estimate.unlimited) made.estimate.parameter = parameter;
  }
  compute(made, parameter);
  return made;
}

void Finishing::compute(Made& made, double parameter) const {
  UnitSpec& spec = made.spec;
  PolicyEstimate& estimate = made.estimate;
  spec.slot = slot_of(made.estimator, parameter);
  spec.sums = facts_.sums.of(spec.slot);
  spec.form = form_of(made.estimator, facts_.centre);
  if (spec.form.ratio && spec.sums.w == 0.0) {
    estimate.reason = "no overlap: all weights are 0";
    return;
  }
  spec.line = linearised(spec.form, spec.sums, facts_.rounds, facts_.centre);
  if (!std::isfinite(spec.line.value)) {
    estimate.reason = "the sums are too large for a number";
    return;
  }
  made.has_value = true;
  estimate.value = spec.line.value;
  if (made.estimator != Estimator::dm) estimate.weights = summary_of(spec.sums, facts_.rounds);
  if (facts_.rounds < 2) return;
  const Linearised& line = spec.line;
  estimate.standard_error = error_of_mean(spec.sums, facts_.rounds, line.v, line.u, line.w);
  estimate.plain_standard_error =
      error_of_mean(spec.sums, facts_.rounds, line.plain_v, line.plain_u, line.plain_w);
}

double Finishing::tuned_parameter(Estimator estimator) const {
  const auto grid = tuning_grid(estimator);
  const double z = stats::normal_quantile(1.0 - options_.alpha / 2.0);
  std::vector<Candidate> candidates;
  for (const double parameter : grid) {
    Made made;
    made.estimator = estimator;
    compute(made, parameter);
    if (!made.has_value) return grid.front();
    candidates.push_back({*made.estimate.value, z * made.estimate.standard_error.value_or(0.0)});
  }
  return grid[slope(candidates)];
}

UnitSpec Finishing::logged_spec() const {
  const auto n = static_cast<double>(facts_.rounds);
  UnitSpec spec;
  spec.slot = {WeightKind::one, ModelKind::none};
  spec.form = {.offset = facts_.centre, .u = 1.0};
  spec.sums.u = facts_.reward_sum;
  spec.sums.w = n;
  spec.line.u = 1.0;
  spec.line.value = facts_.centre + facts_.reward_sum / n;
  return spec;
}

std::vector<UnitSpec> Finishing::specs() const {
  std::vector<UnitSpec> specs;
  for (const Made& made : made_) {
    if (made.has_value) specs.push_back(made.spec);
  }
  specs.push_back(logged_spec());
  return specs;
}

void Finishing::take(const UnitSums& units, bool held) {
  size_t spec = 0;
  for (Made& made : made_) {
    if (!made.has_value) continue;
    if (facts_.has.cluster && facts_.units > 1) {
      made.estimate.standard_error = units.standard_error(spec);
    }
    if (held && facts_.units > 1) {
      const UnitBootstrap bootstrap = units.bootstrap(spec, options_.bootstrap, options_.alpha);
      made.estimate.bootstrap = bootstrap.interval;
      if (!bootstrap.reason.empty()) made.notes.push_back(bootstrap.reason);
    }
    ++spec;
  }
  if (facts_.has.cluster && facts_.units > 1) logged_error_ = units.standard_error(spec);
}

void Finishing::add_bernstein(Made& made) const {
  const auto none = [&](std::string why) {
    made.notes.push_back("no Bernstein interval: " + std::move(why));
  };
  const bool has_model = made.spec.slot.model != ModelKind::none;
  if (facts_.has.cluster) return none("rounds of one cluster depend on each other");
  if (!options_.reward_range) return none("rewards have no declared range");
  if (made.spec.form.ratio) return none("it is of means, and this is a ratio");
  if (has_model && !facts_.model_in_range) return none("the model leaves the range of rewards");
  stats::Interval range = *options_.reward_range;
  if (made.estimator != Estimator::dm) {
    const auto bound = weight_bound(made.spec.slot, options_.largest_weight);
    if (!bound) return none("the largest possible weight is not known");
    if (made.estimate.weights.largest > *bound * (1.0 + kWeightRounding)) {
      return none(fmt::format("a weight of {:g} is above the largest possible one, {:g}",
                              made.estimate.weights.largest, *bound));
    }
    range = range_of_rounds(range, *bound, has_model);
  }
  made.estimate.bernstein =
      bernstein_interval(*made.estimate.value, *made.estimate.plain_standard_error, facts_.rounds,
                         range, options_.alpha);
}

void Finishing::complete(Made& made) const {
  PolicyEstimate& estimate = made.estimate;
  if (!made.has_value) return;
  if (made.estimator == Estimator::dm) {
    made.notes.push_back("intervals do not cover the error of the reward model");
  }
  if (estimate.tuned) made.notes.push_back("intervals do not cover the choice of the parameter");
  const bool is_unseen = facts_.overlap.unrewarded_share > kUnrewardedNoted;
  if (is_unseen && made.spec.slot.weights == WeightKind::unchanged &&
      made.estimator != Estimator::dm) {
    made.notes.push_back(fmt::format(
        "{:.0f} % of the weight lies on rows that weigh more than any with a reward, so that the "
        "interval is too narrow",
        100.0 * facts_.overlap.unrewarded_share));
  }
  if (facts_.rounds > 1) {
    add_bernstein(made);
  } else {
    made.notes.push_back("a single round shows no spread");
  }
  if (facts_.has.cluster && facts_.units < 2) {
    estimate.standard_error.reset();
    made.notes.push_back("a single cluster shows no spread");
  }
  add_intervals(estimate, facts_.units, options_);
  const bool by_weights = made.estimator != Estimator::dm;
  judge(estimate, overlap_to_judge(made.spec.slot, estimate.weights, facts_.overlap),
        options_.limits, {by_weights, by_weights});
  estimate.note = fmt::format("{}", fmt::join(made.notes, "; "));
}

stats::Estimate Finishing::logged() const {
  stats::Estimate logged;
  logged.n = facts_.rounds;
  logged.alpha = options_.alpha;
  logged.method = facts_.has.cluster ? "normal, by clusters" : "normal";
  if (facts_.rounds == 0) {
    logged.reason = "the log has no rounds";
    return logged;
  }
  logged.value = logged_spec().line.value;
  if (facts_.units < 2) {
    logged.reason = "a single unit shows no spread";
    return logged;
  }
  Sums sums;
  sums.u = facts_.reward_sum;
  sums.uu = facts_.reward_squares;
  const double error = logged_error_.value_or(error_of_mean(sums, facts_.rounds, 0.0, 1.0, 0.0));
  logged.interval = normal_interval(*logged.value, error, options_.alpha);
  return logged;
}

Evaluation Finishing::evaluation() {
  Evaluation evaluation;
  evaluation.logged = logged();
  evaluation.clusters = facts_.units;
  evaluation.overlap = facts_.overlap;
  for (Made& made : made_) {
    complete(made);
    evaluation.estimates.push_back(std::move(made.estimate));
  }
  return evaluation;
}

}  // namespace assay::ope
