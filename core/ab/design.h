#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace assay::ab {

/// What of a unit's numbers is compared.
enum class MetricKind {
  mean,      ///< of one column
  ratio,     ///< sum of one column over the sum of another: clicks / impressions
  quantile,  ///< of one column
};

/// What a variant may lose of a guardrail.
struct Guardrail {
  std::optional<double> loss;           ///< in the metric's unit
  std::optional<double> loss_relative;  ///< of the control's value: 0.02 for "2%"
};

struct Metric {
  std::string name;  ///< as it was asked for: "revenue", "clicks/impressions", "p95(latency_ms)"
  MetricKind kind = MetricKind::mean;
  std::string column;
  std::string denominator;  ///< ratio
  double quantile = 0.5;    ///< quantile
  /// mean: the same of each unit before the test, for CUPED; empty: none.
  std::string before;
  bool higher_is_better = true;
  std::optional<Guardrail> guardrail;  ///< absent: of interest itself
};

/// How the result of a test is judged, all of it said before anybody looks.
struct Design {
  std::vector<Metric> metrics;            ///< the first is the primary one
  std::string control;                    ///< name of the arm that the others are compared with
  std::map<std::string, double> weights;  ///< of the arms, in any unit; empty: equal ones
  double alpha = 0.05;
  double power = 0.8;
  double margin = 0.0;  ///< smallest difference of the primary metric that matters
  /// Units at which always-valid intervals are tightest; absent: the size is fixed beforehand.
  std::optional<double> sequential;
  bool bayesian = false;
  std::optional<double> prior_sd;  ///< of the difference, about 0; absent: flat
  double mixed_share = 0.01;       ///< of the units, that may be in two arms before it is an error
};

}  // namespace assay::ab
