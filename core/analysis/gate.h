#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/reader.h"
#include "task/experiment.h"

namespace assay::analysis {

/// What a candidate is told. In the order in which one of them, found by any rule, outweighs the
/// others.
enum class GateVerdict {
  promoted,    ///< every rule is kept
  undecided,   ///< what is known does not tell; never called safe
  suspicious,  ///< better than is plausible: a broken baseline, or a leak
  rejected,    ///< a rule is broken
};
/// "promoted", "undecided", "suspicious", "rejected".
std::string_view gate_word(GateVerdict verdict);

/// What one rule says of the candidate on one data set.
struct GateCheck {
  std::string dataset;
  std::string metric;  ///< "ndcg@10"; "latency_ms p99 (single_stream)"
  std::string rule;    ///< "loses at most 0.01", "guardrail"
  GateVerdict verdict = GateVerdict::undecided;
  std::string reason;                                 ///< one clause that has the numbers
  std::optional<double> difference, ci_low, ci_high;  ///< candidate - baseline, as stored
  std::optional<int64_t> n;
};

struct GateDecision {
  std::string candidate, baseline;
  GateVerdict verdict = GateVerdict::undecided;
  std::vector<GateCheck> checks;
};

/// Judges by the stored comparisons of a run whether a candidate may replace its baseline.
///
/// The rules are those of `gate`; without metrics there, the primary one, which may lose
/// `compare.margin`. Every guardrail is asked as well. A metric keeps its rule where the interval
/// ends above the tolerated loss (non-inferiority; without a tolerated loss the candidate must be
/// better, after the correction that its verdict had, or the same on every request), and breaks it
/// where it ends below. All rules must be kept, each at its own level, so that the chance of
/// promoting a candidate that breaks one of them is at most half of alpha (intersection-union test,
/// Berger 1982).
///
/// Where the harness failed its self-check on a metric that is asked for, or has none of it, the
/// verdict is undecided whatever else is found, and a check of the rule "self-check" says why.
///
/// Throws UserError where nothing can be judged: no such variant, the baseline itself, trials of
/// either that are missing or failed, a metric that was not measured or has no difference.
/// @param path   of the file, for messages
/// @param rules  `gate` of the experiment that the run keeps
GateDecision judge_gate(const results::Reader& reader, const results::RunInfo& run,
                        const std::string& path, const std::string& candidate,
                        const task::GateSpec& rules);

}  // namespace assay::analysis
