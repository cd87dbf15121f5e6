#include "ab/gathering.h"

#include <cmath>

#include "error/error.h"

namespace assay::ab {

MetricGathering::MetricGathering(const Metric& metric, size_t groups, size_t arms)
    : kind_(metric.kind), has_before_(!metric.before.empty()), arms_(arms), sums_(groups * arms) {}

void MetricGathering::grow(size_t groups) {
  if (groups * arms_ > sums_.size()) sums_.resize(groups * arms_);
}

void MetricGathering::add(const Numbers& numbers, std::span<const int32_t> group,
                          std::span<const int16_t> arm) {
  error::require(numbers.metric.size() == arm.size() && group.size() == arm.size(),
                 "each row has a number, a group and an arm");
  if (kind_ == MetricKind::mean && !has_before_) return add_plain(numbers, group, arm);
  const bool pairs = kind_ != MetricKind::quantile;
  for (size_t row = 0; row < arm.size(); ++row) {
    if (arm[row] < 0) continue;
    Sums& sums = sums_[static_cast<size_t>(group[row]) * arms_ + static_cast<size_t>(arm[row])];
    const double value = numbers.metric[row];
    if (pairs) {
      add_pair(value, numbers.other[row], sums);
    } else if (std::isnan(value)) {
      ++sums.missing;
    } else {
      sums.moments.add(value);
      sums.values.push_back(value);
    }
  }
}

void MetricGathering::add_plain(const Numbers& numbers, std::span<const int32_t> group,
                                std::span<const int16_t> arm) {
  for (size_t row = 0; row < arm.size(); ++row) {
    if (arm[row] < 0) continue;
    Sums& sums = sums_[static_cast<size_t>(group[row]) * arms_ + static_cast<size_t>(arm[row])];
    const double value = numbers.metric[row];
    if (std::isnan(value)) {
      ++sums.missing;
      continue;
    }
    sums.others |= value != 0.0 && value != 1.0;
    sums.moments.add(value);
  }
}

void MetricGathering::add_pair(double metric, double other, Sums& sums) const {
  const bool is_ratio = kind_ == MetricKind::ratio;
  if (std::isnan(metric) || (is_ratio && std::isnan(other))) {
    ++sums.missing;
    return;
  }
  sums.others |= metric != 0.0 && metric != 1.0;
  sums.moments.add(metric);
  if (is_ratio) {
    sums.pair.add(metric, other);
  } else if (std::isnan(other)) {
    ++sums.without_before;
  } else {
    sums.pair.add(other, metric);
  }
}

Cell MetricGathering::cell(size_t group, size_t arm) const {
  const Sums& sums = sums_[group * arms_ + arm];
  Cell cell;
  cell.moments = sums.moments.moments();
  cell.pair = sums.pair.moments();
  cell.values = sums.values;
  cell.missing = sums.missing;
  cell.without_before = sums.without_before;
  cell.constant = sums.moments.constant();
  cell.zeros_and_ones = kind_ == MetricKind::mean && !sums.others && cell.moments.n > 0;
  return cell;
}

}  // namespace assay::ab
