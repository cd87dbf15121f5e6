#pragma once

/// The harness holds itself against what must be true of any metric: an ideal ranking reaches the
/// ceiling, chance is worth what chance is worth, the same lists have the same values whenever and
/// beside whomever they are scored. What can be known of a metric without its own code is known
/// from its rule (rules/hit_rule.h).

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/metric_pass.h"

namespace assay::metrics {

enum class Check {
  ideal,   ///< relevant items first reach the metric's ceiling; behind the cutoff they are worth 0
  chance,  ///< with relevant items drawn at random the mean is that of chance
  itself,  ///< a variant against itself differs by 0
  twice,   ///< two scorings of the same lists agree bit for bit
  different,  ///< two variants that serve differently are told apart
};
/// "ideal", ...
std::string_view check_name(Check check);

enum class CheckResult { holds, fails, not_applicable };

struct CheckedMetric {
  std::string definition;
  int64_t cutoff = 0;
  Check check = Check::ideal;
  CheckResult result = CheckResult::holds;
  std::optional<double> found, expected, tolerance;
  int64_t requests = 0;  ///< that were looked at
  std::string detail;    ///< of what fails: where; of what does not apply: why
};

/// Scores lists: float32 [M, B], a row a column, NaN where a request has no value.
using TruthScorer = std::function<at::Tensor(const CandidateBatch& lists, const Ragged& truth)>;
/// The same of the requests `first .. first + lists.size()` of the sample, whose truth and history
/// it knows.
using RequestScorer = std::function<at::Tensor(const CandidateBatch& lists, int64_t first)>;

/// Those of the columns that check_against_truth has something to say of.
std::vector<MetricAtCutoff> with_rules(std::vector<MetricAtCutoff> columns);

/// `ideal` and `chance` of columns that hits and the number of relevant items are enough for;
/// columns without a rule are left out.
///
/// Lists are twice as long as the widest cutoff, so that a metric that looks beyond its own shows.
/// For `chance` the relevant items of each request are drawn among the items that its list shows and
/// three times as many beside (all items of a small catalogue), by Philox and hence always the same.
/// The mean may stray from the closed form by 6 standard errors, which chance alone does twice in a
/// thousand million.
/// @param score  of all `columns`, in their order
/// @param truth  relevant items of the sampled requests, on the CPU; requests without any are passed
///               over
/// @param items  N
std::vector<CheckedMetric> check_against_truth(const std::vector<MetricAtCutoff>& columns,
                                               const TruthScorer& score, const Ragged& truth,
                                               int64_t items);

/// Lists that variants of the run served for the sampled requests, on the CPU.
struct SampledLists {
  CandidateBatch base, again;           ///< of one variant, read twice
  std::optional<CandidateBatch> other;  ///< of another variant
  /// [M]: what the run keeps of `base`, float32 [B]; undefined where it keeps none
  std::vector<at::Tensor> kept;
};

/// `itself`, `twice` and `different` of any columns. The second scoring takes the requests in small
/// batches from the last to the first. What the run keeps was scored in a worker of its own, perhaps
/// on another device, and must agree within 1e-6 of the value.
std::vector<CheckedMetric> check_repetition(const std::vector<MetricAtCutoff>& columns,
                                            const RequestScorer& score, const SampledLists& lists,
                                            const Ragged& truth);

}  // namespace assay::metrics
