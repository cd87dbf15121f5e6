#include "confidence_matrix.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/csr.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/positive_events.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <algorithm>
#include <map>
#include <utility>

namespace assay::als {
namespace {

using Strengths = std::map<int64_t, double>;  // r by item

// Of these events alone, by user, then item.
std::map<int64_t, Strengths> strengths(const EventSlice& events, Repeats repeats) {
  const extra::PositiveEvents positive = extra::positive_events(events);
  std::map<int64_t, Strengths> found;
  for (int64_t e = 0; e < positive.size(); ++e) {
    const double weight = positive.weight_of(e);
    double& r = found[positive.users()[e]][positive.items()[e]];
    r = repeats == Repeats::each ? r + weight : std::max(r, weight);
  }
  return found;
}

template <typename Number>
std::span<const Number> all(const at::Tensor& values) {
  return {values.const_data_ptr<Number>(), static_cast<size_t>(values.size(0))};
}
template <typename Number>
std::span<Number> space(at::Tensor& values) {
  return {values.mutable_data_ptr<Number>(), static_cast<size_t>(values.size(0))};
}

}  // namespace

ConfidenceMatrix confidence_matrix(const TrainingView& data, const Confidence& confidence) {
  ConfidenceMatrix matrix{data.by_user.to(at::kCPU), {}};
  matrix.confidence.assign(static_cast<size_t>(matrix.columns.values.size(0)), confidence.of(1));
  const extra::PairWeights pairs = extra::pair_weights(data, confidence.repeats());
  if (!pairs.by_user) return matrix;
  std::ranges::transform(all<float>(*pairs.by_user), matrix.confidence.begin(),
                         [&](float r) { return confidence.of(r); });
  return matrix;
}

ConfidenceMatrix with_later(const ConfidenceMatrix& by_user, const EventSlice& events,
                            const Confidence& confidence) {
  std::map<int64_t, Strengths> later = strengths(events, confidence.repeats());
  const extra::RaggedSpans before(by_user.columns);
  std::vector<int64_t> columns, offsets = {0};
  std::vector<float> confidences;
  auto known = by_user.confidence.begin();
  for (int64_t user = 0; user < before.size(); ++user) {
    Strengths& fresh = later[user];
    for (const int64_t item : before[user]) {
      const auto again = fresh.extract(item);
      columns.push_back(item);
      confidences.push_back(*known++);
      if (again) confidences.back() = confidence.with_later(confidences.back(), again.mapped());
    }
    for (const auto& [item, r] : fresh) {
      columns.push_back(item);
      confidences.push_back(confidence.of(r));
    }
    offsets.push_back(static_cast<int64_t>(columns.size()));
  }
  return {{at::tensor(columns, at::kLong), at::tensor(offsets, at::kLong)}, std::move(confidences)};
}

ConfidenceMatrix transposed(const ConfidenceMatrix& matrix, int64_t columns) {
  at::Tensor offsets = at::zeros({columns + 1}, at::kLong);
  at::Tensor rows = at::empty_like(matrix.columns.values);
  std::vector<float> confidence(matrix.confidence.size());
  extra::transpose<int64_t, float>(
      {.offsets = all<int64_t>(matrix.columns.offsets),
       .columns = all<int64_t>(matrix.columns.values),
       .values = matrix.confidence},
      {.offsets = space<int64_t>(offsets), .columns = space<int64_t>(rows), .values = confidence});
  return {{rows, offsets}, std::move(confidence)};
}

ConfidenceRow confidence_row(const extra::WeightedSpans& histories, int64_t row,
                             const Confidence& confidence) {
  const std::span<const int64_t> items = histories[row];
  std::vector<std::pair<int64_t, float>> known;
  for (size_t n = 0; n < items.size(); ++n) known.emplace_back(items[n], histories.weight(row, n));
  std::ranges::sort(known);
  ConfidenceRow out;
  for (const auto& [item, r] : known) {
    out.columns.push_back(item);
    out.confidence.push_back(confidence.of(r));
  }
  return out;
}

}  // namespace assay::als
