#pragma once

#include <optional>
#include <string>

#include "analysis/analyse.h"

namespace assay::analysis {

/// Version of the rules by which this build makes summaries, comparisons and verdicts. It grows with
/// every change that can move a number or a verdict of stored values.
///
/// 1  what builds did that kept no version: guardrails shared the family of the primary metric
/// 2  docs/statistics.md
inline constexpr int kRules = 2;

/// JSON of the rules, of the settings and of what was stored then (earlier_analysis.h): what a run
/// keeps in `run.judged_by`.
std::string judged_by_text(const AnalysisSettings& settings, const std::string& stored);

/// The version in such a text; 1 where it is empty.
int rules_of(const std::string& judged_by);

/// The settings in such a text; none where it is empty, or of rules that this build does not have.
std::optional<AnalysisSettings> judged_settings(const std::string& judged_by);

}  // namespace assay::analysis
