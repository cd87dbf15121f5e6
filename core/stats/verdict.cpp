#include "stats/verdict.h"

#include <fmt/core.h>

namespace assay::stats {

namespace {

Decision too_few(std::string reason) { return {Verdict::kTooFew, std::move(reason)}; }
Decision undecided(std::string reason) { return {Verdict::kUndecided, std::move(reason)}; }

Decision decide_within_margin(const DecisionInput& input) {
  if (input.interval->low == 0.0 && input.interval->high == 0.0) {
    return {Verdict::kEquivalent, fmt::format("identical on all {} requests", input.n)};
  }
  if (input.interval->holds(0.0)) return {Verdict::kEquivalent, ""};
  return {Verdict::kEquivalent,
          fmt::format("there is a difference, but it is smaller than the margin of {:.4g}",
                      input.margin)};
}

Decision decide_apart_from_zero(const DecisionInput& input) {
  if (input.p_adjusted && *input.p_adjusted > input.alpha) {
    return undecided(
        fmt::format("the interval leaves 0 out, but p = {:.2g} after correction for "
                    "several comparisons",
                    *input.p_adjusted));
  }
  const bool higher = input.interval->low > 0.0;
  return {higher == input.higher_is_better ? Verdict::kBetter : Verdict::kWorse, ""};
}

Decision decide_around_zero(const DecisionInput& input) {
  const auto detectable = input.minimum_detectable_effect;
  if (!detectable) return too_few("what difference would have been seen is not known");
  if (*detectable <= input.margin) return undecided("");
  return too_few(
      input.margin > 0.0
          ? fmt::format("only differences of {:.2g} or more would be seen, and {:.2g} "
                        "matters",
                        *detectable, input.margin)
          : fmt::format("only differences of {:.2g} or more would be seen", *detectable));
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
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "worse";
    case Verdict::kEquivalent:
      return "equivalent";
    case Verdict::kUndecided:
      return "undecided";
    case Verdict::kTooFew:
      return "too few requests";
  }
  return "";
}

std::string_view verdict_phrase(Verdict verdict, const DecisionInput& input) {
  switch (verdict) {
    case Verdict::kBetter:
      return "is better than";
    case Verdict::kWorse:
      return "is worse than";
    case Verdict::kEquivalent:
      return "is equivalent to";
    case Verdict::kUndecided:
    case Verdict::kTooFew:
      break;
  }
  if (input.interval) {
    const double gain = input.higher_is_better ? input.interval->high : -input.interval->low;
    if (gain < input.margin) return "is no better than";
  }
  return "is not shown to be better than";
}

std::string_view verdict_word(CostVerdict verdict) {
  switch (verdict) {
    case CostVerdict::kFaster:
      return "faster";
    case CostVerdict::kNotSlower:
      return "not slower";
    case CostVerdict::kSlowerWithinGuardrail:
      return "slower within guardrail";
    case CostVerdict::kGuardrailBroken:
      return "guardrail broken";
    case CostVerdict::kUndecided:
      return "undecided";
    case CostVerdict::kTooFew:
      return "too few requests";
  }
  return "";
}

}  // namespace assay::stats
