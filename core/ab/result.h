#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ab/design.h"
#include "ab/gathering.h"
#include "stats/bayes.h"
#include "stats/estimate.h"
#include "stats/sample_ratio.h"
#include "stats/verdict.h"

namespace assay::ab {

/// What was gathered of a log: all that a result is made of.
struct Gathered {
  std::vector<std::string> arms;
  std::vector<int64_t> units;            ///< of each arm, without those in two
  std::vector<std::vector<Cell>> cells;  ///< of each metric, of each arm
  int64_t mixed = 0;                     ///< units in two arms, that were left out

  /// A part of the units: those of one value of a slice, or up to the end of a day.
  struct Part {
    std::string name;         ///< "country: de", "2026-12-03"
    std::vector<Cell> cells;  ///< of the primary metric, of each arm
  };
  std::vector<Part> slices;
  std::vector<Part> days;  ///< in their order; of the days alone, not up to them
};

/// One metric of one arm against the control.
struct Effect {
  std::string arm;
  size_t metric = 0;  ///< place in Design::metrics
  stats::Difference
      absolute;  ///< what the verdict rests on: after CUPED, always valid if asked for
  stats::Difference relative;              ///< of the control's value, likewise
  std::optional<double> theta;             ///< CUPED's coefficient
  std::optional<double> variance_removed;  ///< share of the variance that CUPED took out
  std::optional<double> p_adjusted;
  std::string correction;               ///< "Holm over 2 comparisons"; empty: none
  std::optional<double> detectable;     ///< smallest difference that the test would show
  std::optional<stats::Uplift> uplift;  ///< where it is asked for; higher is better in it
  /// "better", "guardrail kept", ...; "exploratory" where there is no verdict.
  std::string verdict;
  std::string phrase;  ///< "is better than"; of the primary metric alone
  std::string reason;
};

/// A part of the units, the primary metric of one arm.
struct PartEffect {
  std::string part;
  std::string arm;
  stats::Difference absolute;
  std::optional<double> p_adjusted;  ///< slices: Benjamini-Hochberg
};

struct Result {
  stats::SampleRatio sample_ratio;
  std::vector<std::vector<stats::Estimate>> values;  ///< of each metric, of each arm
  std::vector<Effect> effects;                       ///< by metric, then by arm
  std::vector<PartEffect> slices;
  std::vector<PartEffect> days;  ///< always valid, of all units up to the end of the day
};

/// Judges a test. The primary metric's effects are corrected together by Holm, each guardrail's by
/// Bonferroni (as bounds of its interval), all else by Benjamini and Hochberg, as `assay compare`
/// does. Where units are not in the arms as they were meant to be (sample ratio mismatch), no
/// verdict is given.
///
/// A metric whose values are all 0 or 1 is a proportion: Wilson's interval, and p (1 - p) as its
/// variance. An arm without any unit is an InternalError: whoever reads the log says so there.
Result judge(const Gathered& gathered, const Design& design);

}  // namespace assay::ab
