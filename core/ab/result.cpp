#include "ab/result.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "ab/metric_test.h"
#include "error/error.h"
#include "stats/joined.h"
#include "stats/multiple.h"
#include "stats/power.h"
#include "stats/sequential.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::ab {

namespace {

constexpr char kExploratory[] = "exploratory";

std::string too_few_units(int64_t units) {
  return fmt::format("{}; a verdict needs at least {}", text::counted(units, "unit"),
                     stats::kRequestsForVerdict);
}

class Judge {
 public:
  Judge(const Gathered& gathered, const Design& design) : gathered_(gathered), design_(design) {
    const auto found = std::ranges::find(gathered.arms, design.control);
    error::require(found != gathered.arms.end(), "the control is an arm");
    control_ = static_cast<size_t>(found - gathered.arms.begin());
  }

  Result judge() {
    check_ratio();
    for (size_t metric = 0; metric < design_.metrics.size(); ++metric) {
      result_.values.emplace_back();
      for (size_t arm = 0; arm < gathered_.arms.size(); ++arm)
        result_.values.back().push_back(
            value_of(gathered_.cells[metric][arm], design_.metrics[metric], design_.alpha));
      for (const size_t arm : treatments()) compare(metric, arm);
    }
    correct();
    for (Effect& effect : result_.effects) conclude(effect);
    for (const Gathered::Part& part : gathered_.slices) compare_slice(part);
    correct_slices();
    compare_days();
    return std::move(result_);
  }

 private:
  std::vector<size_t> treatments() const {
    std::vector<size_t> arms;
    for (size_t arm = 0; arm < gathered_.arms.size(); ++arm) {
      if (arm != control_) arms.push_back(arm);
    }
    return arms;
  }

  void check_ratio() {
    std::vector<double> weights;
    for (const std::string& arm : gathered_.arms)
      weights.push_back(design_.weights.empty() ? 1.0 : design_.weights.at(arm));
    result_.sample_ratio = stats::sample_ratio(gathered_.units, weights);
  }

  /// A guardrail is asked on every arm: each of its bounds has the level of one of them.
  double alpha_of(const Metric& metric) const {
    return metric.guardrail ? design_.alpha / static_cast<double>(treatments().size())
                            : design_.alpha;
  }

  stats::Difference maybe_sequential(const stats::Difference& fixed, double alpha) const {
    if (!design_.sequential) return fixed;
    return stats::always_valid(fixed, {.alpha = alpha, .tuning = *design_.sequential});
  }

  void compare(size_t place, size_t arm) {
    const Metric& metric = design_.metrics[place];
    const Cell& control = gathered_.cells[place][control_];
    const Cell& other = gathered_.cells[place][arm];
    const double alpha = alpha_of(metric);
    Effect effect;
    effect.arm = gathered_.arms[arm];
    effect.metric = place;
    const MetricTest absolute = test_metric(control, other, metric, {.alpha = alpha});
    const MetricTest relative = test_metric(
        control, other, metric, {.alpha = alpha, .scale = stats::EffectScale::relative});
    effect.theta = absolute.theta;
    effect.variance_removed = variance_removed(absolute, control, other);
    effect.absolute = maybe_sequential(absolute.difference, alpha);
    effect.relative = maybe_sequential(relative.difference, alpha);
    effect.detectable = detectable(absolute.difference, is_exploratory(effect));
    if (design_.bayesian) effect.uplift = uplift_of(absolute.difference, metric);
    result_.effects.push_back(std::move(effect));
  }

  std::optional<double> variance_removed(const MetricTest& cuped, const Cell& control,
                                         const Cell& arm) const {
    if (!cuped.theta || !cuped.difference.standard_error) return std::nullopt;
    const stats::Difference plain = stats::welch(control.pair.y, arm.pair.y);
    if (!plain.standard_error || *plain.standard_error == 0) return std::nullopt;
    const double ratio = *cuped.difference.standard_error / *plain.standard_error;
    return 1.0 - ratio * ratio;
  }

  /// At the level of one of the arms (the first step of Holm), unless nothing is claimed.
  std::optional<double> detectable(const stats::Difference& difference, bool exploratory) const {
    if (!difference.standard_error || !difference.degrees_of_freedom) return std::nullopt;
    const double alpha =
        exploratory ? design_.alpha : design_.alpha / static_cast<double>(treatments().size());
    return stats::minimum_detectable_effect(*difference.standard_error,
                                            *difference.degrees_of_freedom,
                                            {.alpha = alpha, .power = design_.power});
  }

  stats::Uplift uplift_of(stats::Difference difference, const Metric& metric) const {
    if (!metric.higher_is_better && difference.value) difference.value = -*difference.value;
    return stats::bayesian_uplift(difference, {.mean = 0.0, .sd = design_.prior_sd}, design_.alpha);
  }

  bool is_primary(const Effect& effect) const { return effect.metric == 0; }
  bool is_exploratory(const Effect& effect) const {
    return !is_primary(effect) && !design_.metrics[effect.metric].guardrail;
  }

  template <typename Wanted>
  void correct_family(const Wanted& wanted, stats::Correction correction) {
    std::vector<Effect*> family;
    std::vector<double> p;
    for (Effect& effect : result_.effects) {
      if (!wanted(effect) || !effect.absolute.p) continue;
      family.push_back(&effect);
      p.push_back(*effect.absolute.p);
    }
    const std::vector<double> adjusted = stats::adjust(p, correction);
    for (size_t i = 0; i < family.size(); ++i) {
      family[i]->p_adjusted = adjusted[i];
      if (family.size() > 1)
        family[i]->correction =
            fmt::format("{} over {} comparisons", correction_name(correction), family.size());
    }
  }

  void correct() {
    correct_family([&](const Effect& effect) { return is_primary(effect); },
                   stats::Correction::holm);
    correct_family([&](const Effect& effect) { return is_exploratory(effect); },
                   stats::Correction::benjamini_hochberg);
  }

  void conclude(Effect& effect) const {
    const Metric& metric = design_.metrics[effect.metric];
    if (is_exploratory(effect)) {
      effect.verdict = kExploratory;
      effect.reason = effect.absolute.reason;
    } else if (result_.sample_ratio.mismatch()) {
      effect.verdict = verdict_word(stats::Verdict::undecided);
      effect.phrase = "is not judged against";
      effect.reason = "units are not in the arms as they were meant to be";
    } else if (metric.guardrail) {
      const auto control = result_.values[effect.metric][control_].value;
      const bool relative = metric.guardrail->loss_relative.has_value();
      // A part of a negative value is a change the other way.
      const bool flipped = relative && control.value_or(0.0) < 0.0;
      check_guardrail(effect, *metric.guardrail, metric.higher_is_better != flipped);
    } else {
      decide(effect, metric);
    }
  }

  void decide(Effect& effect, const Metric& metric) const {
    stats::DecisionInput input;
    input.n = effect.absolute.n;
    input.difference = effect.absolute.value;
    input.interval = effect.absolute.interval;
    input.p_adjusted = effect.p_adjusted;
    input.alpha = design_.alpha;
    input.minimum_detectable_effect = effect.detectable;
    input.margin = design_.margin;
    input.higher_is_better = metric.higher_is_better;
    input.reason = effect.absolute.reason;
    input.correction = effect.correction;
    input.needs = needs(effect);
    const stats::Decision decision = stats::decide(input);
    effect.verdict = decision.verdict == stats::Verdict::too_few
                         ? "too few units"
                         : std::string(verdict_word(decision.verdict));
    effect.phrase = verdict_phrase(decision.verdict, input);
    effect.reason = decision.reason;
    if (input.n < stats::kRequestsForVerdict) effect.reason = too_few_units(input.n);
  }

  /// "needs about 31,000 units for a power of .8", with the margin as the effect to be seen.
  std::string needs(const Effect& effect) const {
    if (!effect.detectable || design_.margin <= 0 || *effect.detectable <= design_.margin)
      return "";
    const double ratio = *effect.detectable / design_.margin;
    const double units = std::ceil(static_cast<double>(effect.absolute.n) * ratio * ratio);
    return fmt::format("a difference of {:.3g} needs about {} units for a power of {:.3g}",
                       design_.margin, text::thousands(static_cast<int64_t>(units)), design_.power);
  }

  /// Non-inferiority: the worst end of the interval within what may be lost.
  /// @param higher_is_better  on the scale of the guardrail
  void check_guardrail(Effect& effect, const Guardrail& rail, bool higher_is_better) const {
    const bool relative = rail.loss_relative.has_value();
    const stats::Difference& difference = relative ? effect.relative : effect.absolute;
    const double loss = relative ? *rail.loss_relative : rail.loss.value_or(0.0);
    effect.verdict = verdict_word(stats::Verdict::undecided);
    effect.reason = difference.reason;
    if (!difference.interval) return;
    if (difference.n < stats::kRequestsForVerdict) {
      effect.verdict = "too few units";
      effect.reason = too_few_units(difference.n);
      return;
    }
    const stats::Interval gain =
        higher_is_better ? *difference.interval
                         : stats::Interval{-difference.interval->high, -difference.interval->low};
    const std::string allowed =
        relative ? fmt::format("{:.4g} %", 100.0 * loss) : fmt::format("{:.4g}", loss);
    effect.reason =
        fmt::format("allowed: at most {} {}", allowed, higher_is_better ? "lower" : "higher");
    if (gain.low >= -loss) {
      effect.verdict = "guardrail kept";
    } else if (gain.high < -loss) {
      effect.verdict = "guardrail broken";
    } else {
      effect.reason = "the interval includes values beyond the guardrail; " + effect.reason;
    }
  }

  PartEffect part_effect(const std::string& name, size_t arm, const Cell& control,
                         const Cell& other) const {
    const MetricTest part =
        test_metric(control, other, design_.metrics[0], {.alpha = design_.alpha});
    return {name, gathered_.arms[arm], part.difference, std::nullopt};
  }

  void compare_slice(const Gathered::Part& part) {
    for (const size_t arm : treatments()) {
      PartEffect effect = part_effect(part.name, arm, part.cells[control_], part.cells[arm]);
      effect.absolute = maybe_sequential(effect.absolute, design_.alpha);
      result_.slices.push_back(std::move(effect));
    }
  }

  void correct_slices() {
    std::vector<PartEffect*> family;
    std::vector<double> p;
    for (PartEffect& effect : result_.slices) {
      if (!effect.absolute.p) continue;
      family.push_back(&effect);
      p.push_back(*effect.absolute.p);
    }
    const std::vector<double> adjusted = stats::adjust(p, stats::Correction::benjamini_hochberg);
    for (size_t i = 0; i < family.size(); ++i) family[i]->p_adjusted = adjusted[i];
  }

  void compare_days() {
    const double tuning = design_.sequential.value_or(stats::SequentialOptions().tuning);
    std::vector<Cell> so_far(gathered_.arms.size());
    for (const Gathered::Part& day : gathered_.days) {
      for (size_t arm = 0; arm < so_far.size(); ++arm) join(so_far[arm], day.cells[arm]);
      for (const size_t arm : treatments()) {
        PartEffect effect = part_effect(day.name, arm, so_far[control_], so_far[arm]);
        effect.absolute =
            stats::always_valid(effect.absolute, {.alpha = design_.alpha, .tuning = tuning});
        result_.days.push_back(std::move(effect));
      }
    }
  }

  static void join(Cell& all, const Cell& more) {
    all.zeros_and_ones = all.moments.n == 0
                             ? more.zeros_and_ones
                             : all.zeros_and_ones && (more.zeros_and_ones || more.moments.n == 0);
    all.moments = stats::joined(all.moments, more.moments);
    all.pair = stats::joined(all.pair, more.pair);
    all.values.insert(all.values.end(), more.values.begin(), more.values.end());
    all.missing += more.missing;
    all.without_before += more.without_before;
  }

  const Gathered& gathered_;
  const Design& design_;
  size_t control_ = 0;
  Result result_;
};

}  // namespace

Result judge(const Gathered& gathered, const Design& design) {
  return Judge(gathered, design).judge();
}

}  // namespace assay::ab
