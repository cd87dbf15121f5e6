#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "results/database.h"
#include "task/experiment.h"

namespace assay::analysis {

/// What an analysis has to know that the rows of a run do not say. All of it stands in the
/// experiment file.
struct AnalysisSettings {
  /// Baseline (empty: the run's), unit, alpha, margin, power, resamples and guardrails.
  task::CompareSpec compare;
  /// Which columns of values belong to this run: `served` for the served lists, `pool` for every
  /// other stage, and the primary metric. A trial may hold more, because another run asked for it;
  /// those are left alone. Both lists empty: every column that there is.
  task::MetricsSpec metrics;
  /// The experiment's one seed: the bootstrap draws from it.
  uint64_t seed = 1;
  /// Which estimates of policies are made, and with which parameters; all, by SLOPE.
  std::vector<std::string> estimators = {};
  std::map<std::string, double> estimator_parameters = {};
};

/// The settings of an experiment as it was resolved.
AnalysisSettings analysis_settings(const task::Experiment& experiment);

/// Analyses a run: reads what its trials left and writes the rows behind the views `leaderboard`,
/// `comparisons` and `latency_summary`, in one transaction. Rows that an earlier analysis wrote are
/// replaced, and equal input gives equal rows, bit for bit: call it as often as you like.
///
/// - A SummaryRow for each variant, data set, fold, stage, metric and cutoff: values averaged over
///   seeds request by request, Student's t interval over requests, sd over seeds. Catalogue metrics
///   through Database::summarise_catalogue.
/// - A ComparisonRow of each variant with the baseline. Confirmatory, corrected together by Holm:
///   the primary metric of the served lists and the guardrails, on every data set. Exploratory,
///   corrected together by Benjamini and Hochberg: all else. docs/statistics.md has the methods.
/// - A PolicyValueRow for each variant with a policy, data set, fold and estimator (core/ope).
/// - A LatencyRow for each scenario, stage and quantile of the timing pass that the run's variants
///   share, and the noise floor: a ComparisonRow of the baseline with itself, timed twice.
///
/// A variant that lacks a trial on a data set (failed, not run yet) gets no number there, because
/// seeds that are missing need not be missing by chance; its failures say why. Variants are paired
/// only where they answered the same requests.
///
/// Throws UserError where a baseline is named that the run does not have; InternalError where the
/// database breaks its promises.
void analyse(results::Database& database, int64_t run_id, const AnalysisSettings& settings);

}  // namespace assay::analysis
