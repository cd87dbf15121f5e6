#include "ope/limits.h"

#include <fmt/core.h>

#include <cmath>
#include <optional>

namespace assay::ope {

namespace {

std::optional<std::string> own_problem(const WeightSummary& weights, const Overlap& overlap,
                                       const Limits& limits) {
  if (weights.effective_size < limits.effective_size) {
    return fmt::format(
        "the effective sample size is {:.1f} of {} rounds, below {:g}: the log holds too little of "
        "what the policy would do",
        weights.effective_size, overlap.rounds, limits.effective_size);
  }
  if (weights.largest_share > limits.largest_share) {
    const std::string row =
        overlap.largest_weight_row > 0 ? fmt::format(" (row {})", overlap.largest_weight_row) : "";
    return fmt::format(
        "one round{} holds {:.0f} % of all weight, above {:.0f} %: its reward decides", row,
        100.0 * weights.largest_share, 100.0 * limits.largest_share);
  }
  return std::nullopt;
}

std::optional<std::string> overlap_problem(const Overlap& overlap, const Limits& limits) {
  if (overlap.outside_is_known && overlap.outside_share > limits.outside_share) {
    return fmt::format(
        "the policy gives {:.1f} % of its probability to actions that the log never shows, above "
        "{:.1f} %: what they earn is unknown",
        100.0 * overlap.outside_share, 100.0 * limits.outside_share);
  }
  const WeightSummary& weights = overlap.weights;
  const double distance = std::abs(weights.mean - 1.0);
  if (distance > limits.mean_weight_distance &&
      distance > limits.mean_weight_errors * weights.mean_error) {
    return fmt::format(
        "weights average {:.3f} (standard error {:.3f}) where 1 is expected: {}", weights.mean,
        weights.mean_error,
        weights.mean < 1.0
            ? "the policy acts where the log has no support, or the propensities are "
              "not those of the policy that made the log"
            : "the propensities are not those of the policy that made the log");
  }
  return std::nullopt;
}

}  // namespace

void judge(PolicyEstimate& estimate, const Overlap& overlap, const Limits& limits,
           const Judged& judged) {
  estimate.valid = false;
  if (!estimate.value) return;
  std::optional<std::string> problem;
  if (judged.by_overlap) problem = overlap_problem(overlap, limits);
  if (!problem && judged.by_own_weights) problem = own_problem(estimate.weights, overlap, limits);
  estimate.valid = !problem;
  estimate.reason = problem.value_or("");
}

}  // namespace assay::ope
