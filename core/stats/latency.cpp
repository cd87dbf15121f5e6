#include "stats/latency.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "stats/distributions.h"
#include "stats/mann_whitney.h"
#include "stats/moments.h"
#include "stats/philox_sequence.h"
#include "stats/quantile.h"

namespace assay::stats {

namespace {

/// Quantiles of `resamples` resamples of a sorted sample, one Beta variate each (see the header).
std::vector<double> resampled_quantiles(std::span<const double> sorted, double q,
                                        const BootstrapOptions& options, uint32_t stream) {
  const auto n = static_cast<double>(sorted.size());
  const auto rank = static_cast<double>(quantile_rank(std::ssize(sorted), q));
  std::vector<double> quantiles(static_cast<size_t>(options.resamples));
  for (size_t r = 0; r < quantiles.size(); ++r) {
    PhiloxSequence random(options.seed, stream, static_cast<uint32_t>(r));
    const double before = random.next_gamma(rank);
    const double after = random.next_gamma(n - rank + 1.0);
    const double place = std::clamp(std::ceil(n * before / (before + after)), 1.0, n);
    quantiles[r] = sorted[static_cast<size_t>(place) - 1];
  }
  return quantiles;
}

std::vector<double> sorted_times(Usable sample) {
  std::ranges::sort(sample.values);
  return std::move(sample.values);
}

/// Everything that the comparison and the guardrail's test read.
struct Replicates {
  std::vector<double> difference;
  std::vector<double> relative;
};

Replicates replicates_of(std::span<const double> baseline, std::span<const double> variant,
                         double q, const BootstrapOptions& options) {
  const auto from = resampled_quantiles(baseline, q, options, 2 * options.stream);
  const auto to = resampled_quantiles(variant, q, options, 2 * options.stream + 1);
  Replicates replicates;
  for (size_t r = 0; r < from.size(); ++r) {
    replicates.difference.push_back(to[r] - from[r]);
    if (from[r] > 0.0) replicates.relative.push_back(to[r] / from[r] - 1.0);
  }
  return replicates;
}

/// Values of so few on both sides are ranked: a bootstrap of them knows p values that no exact test
/// can reach (of 6 against 6 the least is 0.0022).
constexpr int64_t kRankedUpTo = 50;

/// A sample must be large enough for an interval of its own quantile at this level, whatever level a
/// correction asks of the comparison.
constexpr double kLevelOfSize = 0.05;

bool is_ranked(std::span<const double> from, std::span<const double> to) {
  return std::max(std::ssize(from), std::ssize(to)) <= kRankedUpTo;
}

std::vector<double> logs(std::span<const double> times) {
  std::vector<double> out;
  for (const double ms : times) out.push_back(std::log(ms));
  return out;
}

/// One-sided p of "the increase is at least max_increase".
double p_of_smaller_increase(std::span<const double> from, std::span<const double> to,
                             double max_increase) {
  std::vector<double> allowed(from.begin(), from.end());
  for (double& ms : allowed) ms *= 1.0 + max_increase;
  const MannWhitney test = mann_whitney(allowed, to);
  const double half = static_cast<double>(from.size() * to.size()) / 2.0;
  return test.u < half ? test.p_two_sided / 2.0 : 1.0 - test.p_two_sided / 2.0;
}

/// What ranks say of a shift of all times. `p_kept` as in compare().
void rank(std::span<const double> from, std::span<const double> to, double alpha,
          double max_increase, QuantileDifference& result, std::optional<double>& p_kept) {
  const MannWhitney test = mann_whitney(from, to);
  result.method = test.method;
  result.p = test.p_two_sided;
  result.interval = shift_interval(from, to, alpha);
  if (!result.interval)
    result.reason = fmt::format("{} against {} values are too few for an interval of this level",
                                to.size(), from.size());
  if (from.front() <= 0.0 || to.front() <= 0.0) return;
  result.relative = *result.variant / *result.baseline - 1.0;
  if (const auto ratio = shift_interval(logs(from), logs(to), alpha))
    result.relative_interval = {std::exp(ratio->low) - 1.0, std::exp(ratio->high) - 1.0};
  p_kept = p_of_smaller_increase(from, to, max_increase);
}

void resample(std::span<const double> from, std::span<const double> to, double alpha,
              const BootstrapOptions& options, double max_increase, QuantileDifference& result,
              std::optional<double>& p_kept) {
  result.method = fmt::format("bootstrap of {}, percentile, {} resamples", quantile_name(result.q),
                              options.resamples);
  Replicates replicates = replicates_of(from, to, result.q, options);
  const BootstrapDistribution absolute(std::move(replicates.difference), *result.difference);
  result.interval = absolute.percentile(alpha);
  result.p = absolute.p_two_sided();
  if (*result.baseline <= 0.0 || std::ssize(replicates.relative) < options.resamples) {
    result.reason = "the baseline's times include 0, so there is no relative difference";
    return;
  }
  result.relative = *result.variant / *result.baseline - 1.0;
  const BootstrapDistribution relative(std::move(replicates.relative), *result.relative);
  result.relative_interval = relative.percentile(alpha);
  p_kept = relative.p_less(max_increase);
}

/// Compares, and tests "the relative increase is at least max_increase" into `p_kept`.
QuantileDifference compare(std::span<const float> baseline, std::span<const float> variant,
                           double q, double alpha, const BootstrapOptions& options,
                           double max_increase, std::optional<double>& p_kept) {
  const std::vector<double> from = sorted_times(usable(baseline));
  const std::vector<double> to = sorted_times(usable(variant));
  const Estimate before = quantile_of_sorted(from, q, kLevelOfSize);
  const Estimate after = quantile_of_sorted(to, q, kLevelOfSize);
  QuantileDifference result;
  result.q = q;
  result.n_baseline = before.n;
  result.n_variant = after.n;
  result.method = "none";
  result.reason = before.value ? after.reason : before.reason;
  if (!before.value || !after.value) return result;

  result.baseline = *before.value;
  result.variant = *after.value;
  result.difference = *after.value - *before.value;
  if (is_ranked(from, to))
    rank(from, to, alpha, max_increase, result, p_kept);
  else
    resample(from, to, alpha, options, max_increase, result, p_kept);
  return result;
}

std::string broken_reason(const QuantileDifference& c, const Guardrail& guardrail) {
  return fmt::format("{} {:+.1f} %, above the guardrail of {:+.4g} %", quantile_name(c.q),
                     100.0 * *c.relative, 100.0 * guardrail.max_increase);
}

/// The guardrail is kept: is the variant faster, slower, or neither?
CostVerdict verdict_when_kept(const QuantileDifference& c, bool within_noise) {
  if (within_noise || !c.interval || c.interval->holds(0.0)) return CostVerdict::not_slower;
  return c.interval->high < 0.0 ? CostVerdict::faster : CostVerdict::slower_within_guardrail;
}

void decide_cost(GuardrailCheck& check, const Guardrail& guardrail) {
  const QuantileDifference& c = check.comparison;
  if (!c.difference) {
    check.reason = c.reason;
    return;
  }
  check.verdict = CostVerdict::undecided;
  check.reason = c.reason;
  if (!c.relative_interval) return;
  const double floor = guardrail.noise_floor.value_or(0.0);
  const bool within_noise = guardrail.noise_floor && std::abs(*c.difference) <= floor;
  // What the machine shows by itself may hide as much as it feigns.
  const bool kept_beyond_noise = *c.relative + floor / *c.baseline <= guardrail.max_increase;
  if (c.relative_interval->high <= guardrail.max_increase && kept_beyond_noise) {
    check.verdict = verdict_when_kept(c, within_noise);
  } else if (c.relative_interval->high <= guardrail.max_increase) {
    check.reason = fmt::format(
        "the noise floor of this machine, {:.2g} ms, is too large to tell whether the guardrail of "
        "{:+.4g} % is kept",
        floor, 100.0 * guardrail.max_increase);
  } else if (c.relative_interval->low <= guardrail.max_increase) {
    check.reason = fmt::format(
        "the interval of the increase, {:+.1f} to {:+.1f} %, contains the guardrail of {:+.4g} %",
        100.0 * c.relative_interval->low, 100.0 * c.relative_interval->high,
        100.0 * guardrail.max_increase);
  } else if (within_noise) {
    check.reason = "above the guardrail, but within the noise floor of this machine";
  } else {
    check.verdict = CostVerdict::guardrail_broken;
    check.reason = broken_reason(c, guardrail);
  }
}

}  // namespace

QuantileDifference quantile_difference(std::span<const float> baseline,
                                       std::span<const float> variant, double q, double alpha,
                                       const BootstrapOptions& options) {
  std::optional<double> ignored;
  return compare(baseline, variant, q, alpha, options, 0.0, ignored);
}

GuardrailCheck check_guardrail(std::span<const float> baseline, std::span<const float> variant,
                               const Guardrail& guardrail, const BootstrapOptions& options) {
  GuardrailCheck check;
  check.comparison = compare(baseline, variant, guardrail.quantile, guardrail.alpha, options,
                             guardrail.max_increase, check.p);
  decide_cost(check, guardrail);
  return check;
}

}  // namespace assay::stats
