#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>
#include <assay/extra/lists/score_scaling.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

namespace assay::extra {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void scale_to_range(std::span<double> scores) {
  const auto [low, high] = std::ranges::minmax(scores);
  for (double& score : scores) score = high > low ? (score - low) / (high - low) : 1;
}

void standardise(std::span<double> scores) {
  const auto [low, high] = std::ranges::minmax(scores);
  const auto count = static_cast<double>(scores.size());
  const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / count;
  double squares = 0;
  for (const double score : scores) squares += (score - mean) * (score - mean);
  const double deviation = std::sqrt(squares / count);
  for (double& score : scores) score = high > low ? (score - mean) / deviation : 0;
}

void replace_by_rank(std::span<double> scores) {
  std::vector<double> sorted(scores.begin(), scores.end());
  std::ranges::sort(sorted, std::greater{});
  for (double& score : scores) {
    const auto rank = std::ranges::lower_bound(sorted, score, std::greater{}) - sorted.begin();
    score = 1 - static_cast<double>(rank) / static_cast<double>(sorted.size());
  }
}

}  // namespace

void scale(std::span<double> scores, Scaling how) {
  if (scores.empty()) return;
  switch (how) {
    case Scaling::raw:
      return;
    case Scaling::minmax:
      return scale_to_range(scores);
    case Scaling::z:
      return standardise(scores);
    case Scaling::rank:
      return replace_by_rank(scores);
  }
}

at::Tensor between_worst_and_best(const at::Tensor& score, const at::Tensor& known) {
  if (score.numel() == 0) return score;  // no candidate has no largest score
  const at::Tensor low = score.masked_fill(~known, kInfinity).amin(1, /*keepdim=*/true);
  const at::Tensor high = score.masked_fill(~known, -kInfinity).amax(1, /*keepdim=*/true);
  return at::where(high > low, (score - low) / (high - low), 1.0);
}

}  // namespace assay::extra
