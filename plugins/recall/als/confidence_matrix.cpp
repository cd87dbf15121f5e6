#include "confidence_matrix.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/csr.h>
#include <assay/extra/interactions/positive_events.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <map>
#include <utility>

namespace assay::als {
namespace {

using Counts = std::map<int64_t, int64_t>;  // events by item

// By user, then item.
std::map<int64_t, Counts> counted(const EventSlice& events) {
  const extra::PositiveEvents positive = extra::positive_events(events);
  std::map<int64_t, Counts> counts;
  for (int64_t e = 0; e < positive.size(); ++e) ++counts[positive.users()[e]][positive.items()[e]];
  return counts;
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
  if (confidence.strength == Strength::positive) return matrix;
  std::map<int64_t, Counts> events = counted(data);
  const extra::RaggedSpans by_user(matrix.columns);
  auto to = matrix.confidence.begin();
  for (int64_t user = 0; user < by_user.size(); ++user) {
    Counts& own = events[user];
    for (const int64_t item : by_user[user]) *to++ = confidence.of(static_cast<double>(own[item]));
  }
  return matrix;
}

ConfidenceMatrix with_later(const ConfidenceMatrix& by_user, const EventSlice& events,
                            const Confidence& confidence) {
  std::map<int64_t, Counts> later = counted(events);
  const extra::RaggedSpans before(by_user.columns);
  std::vector<int64_t> columns, offsets = {0};
  std::vector<float> confidences;
  auto known = by_user.confidence.begin();
  for (int64_t user = 0; user < before.size(); ++user) {
    Counts& fresh = later[user];
    for (const int64_t item : before[user]) {
      const auto again = fresh.extract(item);
      columns.push_back(item);
      confidences.push_back(*known++);
      if (again) confidences.back() += confidence.of_later(static_cast<double>(again.mapped()));
    }
    for (const auto& [item, count] : fresh) {
      columns.push_back(item);
      confidences.push_back(confidence.of(static_cast<double>(count)));
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

ConfidenceRow confidence_row(std::span<const int64_t> history, const Confidence& confidence) {
  Counts events;
  for (const int64_t item : history) ++events[item];
  ConfidenceRow row;
  for (const auto& [item, count] : events) {
    row.columns.push_back(item);
    row.confidence.push_back(confidence.of(static_cast<double>(count)));
  }
  return row;
}

}  // namespace assay::als
