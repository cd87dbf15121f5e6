#include "tuning/parzen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stats/distributions.h"

namespace assay::tuning {
namespace {

constexpr double kRootTwoPi = 2.5066282746310002;
constexpr double kTiny = 1e-12;  // of a probability whose logarithm is taken

// Each kernel is as wide as the larger distance to its neighbours; the ends of the range are none
// (Optuna's consider_endpoints is false by default).
double deviation_at(const std::vector<double>& means, size_t at, const Interval& interval) {
  const size_t n = means.size();
  if (n == 1) return interval.width();
  const double left = at > 0 ? means[at] - means[at - 1] : means[1] - means[0];
  const double right = at + 1 < n ? means[at + 1] - means[at] : means[n - 1] - means[n - 2];
  const double smallest = interval.width() / std::min(100.0, 1.0 + static_cast<double>(n));
  return std::clamp(std::max(left, right), smallest, interval.width());
}

}  // namespace

Parzen::Parzen(const Interval& interval, std::span<const double> places,
               std::span<const double> weights)
    : interval_(interval) {
  const double middle = (interval.low + interval.high) / 2;
  std::vector<std::pair<double, double>> observed = {{middle, -1}};  // -1: the prior
  for (size_t i = 0; i < places.size(); ++i) observed.emplace_back(places[i], weights[i]);
  std::ranges::stable_sort(observed, {}, &std::pair<double, double>::first);
  std::vector<double> means;
  for (const auto& [mean, weight] : observed) means.push_back(mean);
  double total = 1;
  total = std::accumulate(weights.begin(), weights.end(), total);
  for (size_t i = 0; i < observed.size(); ++i) {
    const bool prior = observed[i].second < 0;
    Kernel kernel{means[i], prior ? interval.width() : deviation_at(means, i, interval),
                  (prior ? 1.0 : observed[i].second) / total, 0, 0};
    kernel.below = stats::normal_cdf((interval.low - kernel.mean) / kernel.deviation);
    kernel.inside =
        stats::normal_cdf((interval.high - kernel.mean) / kernel.deviation) - kernel.below;
    kernels_.push_back(kernel);
  }
}

double Parzen::draw(double kernel, double within) const {
  size_t chosen = 0;
  for (double left = kernel; chosen + 1 < kernels_.size(); ++chosen) {
    left -= kernels_[chosen].weight;
    if (left < 0) break;
  }
  const Kernel& from = kernels_[chosen];
  const double p = std::clamp(from.below + within * from.inside, kTiny, 1 - kTiny);
  const double place = from.mean + from.deviation * stats::normal_quantile(p);
  return std::clamp(place, interval_.low, interval_.high);
}

double Parzen::log_density(double place) const {
  double density = 0;
  for (const Kernel& kernel : kernels_) {
    const double z = (place - kernel.mean) / kernel.deviation;
    density +=
        kernel.weight * std::exp(-z * z / 2) / (kRootTwoPi * kernel.deviation * kernel.inside);
  }
  return std::log(std::max(density, kTiny));
}

double Parzen::log_probability(double from, double to) const {
  double probability = 0;
  for (const Kernel& kernel : kernels_) {
    const double mass = stats::normal_cdf((to - kernel.mean) / kernel.deviation) -
                        stats::normal_cdf((from - kernel.mean) / kernel.deviation);
    probability += kernel.weight * mass / kernel.inside;
  }
  return std::log(std::max(probability, kTiny));
}

std::vector<double> observation_weights(size_t n) {
  constexpr size_t kEqual = 25;
  std::vector<double> weights(n, 1.0);
  if (n <= kEqual) return weights;
  const size_t rising = n - kEqual;
  const double first = 1.0 / static_cast<double>(n);
  for (size_t i = 0; i < rising; ++i) {
    const double share = rising == 1 ? 0 : static_cast<double>(i) / static_cast<double>(rising - 1);
    weights[i] = first + share * (1 - first);
  }
  return weights;
}

}  // namespace assay::tuning
