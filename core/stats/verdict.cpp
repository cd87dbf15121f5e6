#include "stats/verdict.h"

#include <fmt/core.h>

namespace assay::stats {

namespace {

Decision too_few(std::string reason) { return {Verdict::too_few, std::move(reason)}; }
Decision undecided(std::string reason) { return {Verdict::undecided, std::move(reason)}; }

Decision decide_within_margin(const DecisionInput& input) {
  if (input.interval->low == 0.0 && input.interval->high == 0.0) {
    return {Verdict::equivalent, fmt::format("identical on all {} requests", input.n)};
  }
  if (input.interval->holds(0.0)) return {Verdict::equivalent, ""};
  return {Verdict::equivalent,
          fmt::format("the difference is significant, but smaller than the margin of {:.4g}",
                      input.margin)};
}

/// "a; b" of what is not empty.
std::string both(std::string first, const std::string& second) {
  if (first.empty() || second.empty()) return first + second;
  return first + "; " + second;
}

bool could_be_seen(const DecisionInput& input) {
  return input.minimum_detectable_effect && *input.minimum_detectable_effect <= input.margin;
}

Decision decide_apart_from_zero(const DecisionInput& input) {
  if (input.p_adjusted && *input.p_adjusted > input.alpha) {
    const std::string reason =
        both(fmt::format("the interval excludes 0, but p = {:.2g} after {}", *input.p_adjusted,
                         input.correction.empty() ? "correction for multiple comparisons"
                                                  : input.correction),
             input.needs);
    return could_be_seen(input) ? undecided(reason) : too_few(reason);
  }
  const bool higher = input.interval->low > 0.0;
  return {higher == input.higher_is_better ? Verdict::better : Verdict::worse, ""};
}

Decision decide_around_zero(const DecisionInput& input) {
  const auto detectable = input.minimum_detectable_effect;
  if (!detectable) return too_few("the minimum detectable difference is unknown");
  if (could_be_seen(input)) return undecided(input.needs);
  const std::string margin =
      input.margin > 0.0 ? fmt::format(", and the margin {:.2g}", input.margin) : "";
  return too_few(
      both(fmt::format("the minimum detectable difference is {:.2g}{}", *detectable, margin),
           input.needs));
}

}  // namespace

Decision decide(const DecisionInput& input) {
  if (input.n < kRequestsForVerdict) {
    return too_few(
        fmt::format("{} requests; a verdict needs at least {}", input.n, kRequestsForVerdict));
  }
  if (!input.difference || !input.interval) return undecided(input.reason);
  if (input.interval->inside(-input.margin, input.margin)) return decide_within_margin(input);
  if (!input.interval->holds(0.0)) return decide_apart_from_zero(input);
  return decide_around_zero(input);
}

std::string_view verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::equivalent:
      return "equivalent";
    case Verdict::undecided:
      return "undecided";
    case Verdict::too_few:
      return "too few requests";
  }
  return "";
}

std::string_view verdict_phrase(Verdict verdict, const DecisionInput& input) {
  switch (verdict) {
    case Verdict::better:
      return "is better than";
    case Verdict::worse:
      return "is worse than";
    case Verdict::equivalent:
      return "is equivalent to";
    case Verdict::undecided:
    case Verdict::too_few:
      break;
  }
  if (input.interval && input.n < kRequestsForVerdict) {
    if (input.interval->holds(0.0)) return "is not shown to be better than";
    const bool good = (input.interval->low > 0.0) == input.higher_is_better;
    return good ? "may well be better than" : "may well be worse than";
  }
  if (input.interval) {
    const double gain = input.higher_is_better ? input.interval->high : -input.interval->low;
    if (gain < input.margin) return "is no better than";
  }
  return "is not shown to be better than";
}

std::string_view verdict_word(CostVerdict verdict) {
  switch (verdict) {
    case CostVerdict::faster:
      return "faster";
    case CostVerdict::not_slower:
      return "not slower";
    case CostVerdict::slower_within_guardrail:
      return "slower within guardrail";
    case CostVerdict::guardrail_broken:
      return "guardrail broken";
    case CostVerdict::undecided:
      return "undecided";
    case CostVerdict::too_few:
      return "too few requests";
  }
  return "";
}

}  // namespace assay::stats
