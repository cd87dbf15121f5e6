#pragma once

/// Metrics of hits and the number of relevant items.
///
/// Each is a sum of weights over the hits of a list, divided by a norm: a row of a table rather
/// than a function. With r the rank of a hit, j its number among the hits, h the hits within the
/// cutoff k, R the relevant items:
///
///     recall 1 / R or min(R,k) · precision 1 / k · mrr [j = 1] / r · hit_rate [j = 1]
///     ndcg 1/discount(r) / the same sum over the best list · map (j / r) / min(R,k), R, k or h
///     f1 2 / (R + k) · rbp (1 - p) p^(r-1)

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/metric_pass.h"

namespace assay::metrics {

enum class HitWeight {
  one,
  log_discount,
  plain_log_discount,
  hits_over_rank,
  first_over_rank,
  first,
  two,
  patience_50,  ///< (1 - p) p^(r-1), p = 0.5; the next ones likewise
  patience_80,
  patience_85,
  patience_90,
  patience_95
};
enum class HitNorm { one, relevant, relevant_or_cutoff, cutoff, hits, relevant_plus_cutoff };

/// How a definition weighs and divides. The norm of ndcg is the sum of weights over that many
/// ranks.
struct AccuracyRule {
  std::string_view definition;
  HitWeight weight;
  HitNorm norm;
};

/// Every accuracy definition that hits are enough for; core/metrics/list_metric.h has the others.
const std::vector<AccuracyRule>& accuracy_rules();

/// The rule of a definition, or nullptr.
const AccuracyRule* find_accuracy_rule(std::string_view definition);

/// float64 [B], NaN where a request has no relevant item. On any device; the CPU's fast way is
/// AccuracyFamily.
/// @param hits      bool [B, K]
/// @param relevant  int64 [B]
at::Tensor accuracy_values(const AccuracyRule& rule, const at::Tensor& hits,
                           const at::Tensor& relevant, int64_t cutoff);

/// A rule at a cutoff, and the row it fills.
struct AccuracyColumn {
  const AccuracyRule* rule;
  int64_t cutoff;
  int64_t row;
};

/// All accuracy columns of a pass: on the CPU in one walk over each list's hits, elsewhere by
/// accuracy_values.
class AccuracyFamily : public MetricFamily {
 public:
  explicit AccuracyFamily(std::vector<AccuracyColumn> columns);
  void compute(const MetricBatch& batch, const at::Tensor& out) const override;

 private:
  void compute_cpu(const at::Tensor& items, const Ragged& truth, const at::Tensor& out) const;

  std::vector<AccuracyColumn> columns_;
  int64_t widest_ = 0;  // largest cutoff
};

}  // namespace assay::metrics
