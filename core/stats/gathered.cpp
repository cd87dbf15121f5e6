#include "stats/gathered.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "stats/ratio.h"

namespace assay::stats {

namespace {

/// As it is known of a sample that is held.
Gathered held(std::vector<double> values) {
  Gathered sample;
  sample.moments = moments_of(values);
  const auto differs = [&](double value) { return value != values.front(); };
  if (!values.empty() && std::ranges::none_of(values, differs)) sample.constant = values.front();
  sample.values = std::move(values);
  return sample;
}

}  // namespace

void Gathering::add(double value, int32_t cluster) {
  if (std::isnan(value)) {
    ++excluded_;
    return;
  }
  if (std::isinf(value)) ++infinite_;
  if (n_++ == 0) first_ = value;
  running_.add(value);
  if (order_ != ClusterOrder::apart) {
    Unit& unit = unit_of(cluster);
    unit.sum += value - first_;
    unit.count += 1.0;
  } else if (n_ <= hold_) {
    values_.push_back(value);
  } else {
    values_ = std::vector<double>();  // gives the memory back
  }
}

Gathering::Unit& Gathering::unit_of(int32_t cluster) {
  if (order_ == ClusterOrder::scattered) {
    if (cluster < 0) return units_.emplace_back();
    const auto [place, fresh] = places_.try_emplace(cluster, units_.size());
    return fresh ? units_.emplace_back() : units_[place->second];
  }
  const bool goes_on = cluster >= 0 && cluster == last_ && !units_.empty();
  last_ = cluster;
  if (goes_on) return units_.back();
  if (std::ssize(units_) > hold_) {
    for (const Unit& unit : units_) spilled_.add(unit.sum, unit.count);
    units_.clear();
    has_spilled_ = true;
  }
  return units_.emplace_back();
}

std::string Gathering::problem() const {
  const int64_t all = n_ + excluded_;
  if (infinite_ > 0) return fmt::format("{} of {} values are infinite", infinite_, all);
  if (all == 0) return "there are no values";
  return n_ == 0 ? fmt::format("none of the {} requests has data", all) : "";
}

Gathered Gathering::gathered() const {
  Gathered sample;
  sample.reason = problem();
  if (sample.reason.empty()) sample = order_ == ClusterOrder::apart ? of_values() : of_units();
  sample.excluded = excluded_;
  return sample;
}

Gathered Gathering::of_values() const {
  if (n_ <= hold_) return held(values_);
  Gathered sample;
  sample.moments = running_.moments();
  if (running_.constant()) sample.constant = first_;
  return sample;
}

Gathered Gathering::of_units() const {
  const double mean = running_.moments().mean;
  if (!has_spilled_ && std::ssize(units_) <= hold_) {
    double above = 0.0;
    for (const Unit& unit : units_) above += unit.sum;
    above /= static_cast<double>(n_);
    const double scale = static_cast<double>(units_.size()) / static_cast<double>(n_);
    std::vector<double> numbers;
    for (const Unit& unit : units_)
      numbers.push_back(mean + scale * (unit.sum - unit.count * above));
    return held(std::move(numbers));
  }
  RunningPairMoments all = spilled_;
  for (const Unit& unit : units_) all.add(unit.sum, unit.count);
  Gathered sample;
  sample.moments = ratio_moments(all.moments());
  sample.moments.mean = mean;
  if (sample.moments.variance <= 0.0) sample.constant = mean;
  return sample;
}

}  // namespace assay::stats
