#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stats/estimate.h"

namespace assay::stats {

/// What may be said of a variant against the baseline on one metric.
enum class Verdict {
  better,
  worse,
  equivalent,  ///< any difference is smaller than the margin
  undecided,
  too_few,  ///< too few requests to decide
};

/// What may be said of what a variant costs (latency, memory; lower is better).
enum class CostVerdict {
  faster,
  not_slower,
  slower_within_guardrail,
  guardrail_broken,
  undecided,
  too_few,
};

/// Fewer requests than this get no verdict, whatever their interval.
inline constexpr int64_t kRequestsForVerdict = 200;

/// All that a verdict rests on; the comparison's numbers as in Difference.
struct DecisionInput {
  int64_t n = 0;                     ///< requests paired
  std::optional<double> difference;  ///< variant - baseline
  std::optional<Interval> interval;
  /// p after correction for the family; absent where the verdict stands alone.
  std::optional<double> p_adjusted;
  double alpha = 0.05;
  /// Absent where it cannot be computed: then an interval that holds 0 is too few requests.
  std::optional<double> minimum_detectable_effect;
  /// The smallest difference that matters, on the metric's scale; 0 where the file names none.
  double margin = 0.0;
  bool higher_is_better = true;
  std::string reason;      ///< of the comparison: why something is absent
  std::string correction;  ///< of p_adjusted, in words: "Holm over 9 comparisons"; may be empty
  /// How many requests would decide: "about 3,100 requests are needed ..."; may be empty.
  std::string needs;
};

struct Decision {
  Verdict verdict = Verdict::too_few;
  std::string reason;  ///< one clause in words; empty where the interval says it all
};

/// The rule, in this order:
/// 1. fewer than 200 requests: too few;
/// 2. no difference or no interval: undecided, with the comparison's reason;
/// 3. the interval lies within -+margin (or is exactly 0): equivalent (two one-sided tests,
///    Schuirmann 1987, at level alpha/2), also where it leaves 0 out: a difference too small to
///    matter;
/// 4. it leaves 0 out: better or worse, unless p_adjusted > alpha: then too few where the minimum
///    detectable effect exceeds the margin, else undecided;
/// 5. it holds 0 and the minimum detectable effect exceeds the margin: too few;
/// 6. otherwise undecided.
Decision decide(const DecisionInput& input);

/// The words, in one place. Stored: "better", "worse", "equivalent", "undecided", "too few
/// requests".
std::string_view verdict_word(Verdict verdict);
/// For a sentence "ease ___ control on ndcg@10": "is better than", "is worse than", "is equivalent
/// to". What has too few requests and an interval on one side of 0 "may well be better than", or
/// worse, where `input` says that it has fewer than 200. What is undecided, or has too few requests, "is no better than" where the interval's good
/// end is below the margin, so that at least a gain that matters is ruled out; otherwise it "is not
/// shown to be better than".
std::string_view verdict_phrase(Verdict verdict, const DecisionInput& input);
/// What a sentence adds in parentheses for kTooFew.
inline constexpr std::string_view kTooFewRequests = "too few requests to decide";

/// Stored: "faster", "not slower", "slower within guardrail", "guardrail broken", "undecided",
/// "too few requests".
std::string_view verdict_word(CostVerdict verdict);

}  // namespace assay::stats
