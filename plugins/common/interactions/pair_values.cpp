#include <assay/extra/interactions/pair_values.h>
#include <assay/extra/interactions/ragged_spans.h>

namespace assay::extra {
namespace {

// Calls `body(row, value, x)` for each pair in the order of the rows.
template <typename Body>
void for_each_pair(const WeightedSpans& rows, const Body& body) {
  for (int64_t row = 0; row < rows.size(); ++row) {
    const std::span<const int64_t> values = rows[row];
    for (size_t n = 0; n < values.size(); ++n)
      body(row, values[n], static_cast<double>(rows.weight(row, n)));
  }
}

std::vector<double> totals(const WeightedSpans& rows, int64_t count) {
  std::vector<double> sums(static_cast<size_t>(count), 0);
  for_each_pair(rows, [&](int64_t row, int64_t, double x) { sums[row] += x; });
  return sums;
}

}  // namespace

PairTotals pair_totals(const TrainingView& data, const PairWeights& weights) {
  return {.of_user = totals(WeightedSpans(data.by_user, weights.by_user), data.users),
          .of_item = totals(WeightedSpans(data.by_item, weights.by_item), data.items)};
}

std::vector<double> values_by_user(const TrainingView& data, const PairWeights& weights,
                                   const PairValue& value) {
  std::vector<double> values;
  values.reserve(static_cast<size_t>(data.by_user.values.size(0)));
  for_each_pair(
      WeightedSpans(data.by_user, weights.by_user),
      [&](int64_t user, int64_t item, double x) { values.push_back(value(user, item, x)); });
  return values;
}

std::vector<double> values_by_item(const TrainingView& data, const PairWeights& weights,
                                   const PairValue& value) {
  std::vector<double> values;
  values.reserve(static_cast<size_t>(data.by_item.values.size(0)));
  for_each_pair(
      WeightedSpans(data.by_item, weights.by_item),
      [&](int64_t item, int64_t user, double x) { values.push_back(value(user, item, x)); });
  return values;
}

PairValues pair_values(const TrainingView& data, const PairWeights& weights,
                       const PairValue& value) {
  return {.by_user = values_by_user(data, weights, value),
          .by_item = values_by_item(data, weights, value)};
}

}  // namespace assay::extra
