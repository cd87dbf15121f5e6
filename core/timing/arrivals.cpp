#include "timing/arrivals.h"

#include <cmath>

namespace assay::timing {
namespace {

// Steele, Lea and Flood 2014 ("SplitMix"): a bijection whose outputs for 0, 1, 2, ... are random.
uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// In (0, 1]: its logarithm is finite.
double uniform(uint64_t seed, uint64_t counter) {
  return static_cast<double>((mixed(mixed(seed) ^ counter) >> 11) + 1) * 0x1p-53;
}

}  // namespace

std::vector<int64_t> poisson_arrivals(double rate_qps, double duration_s, uint64_t seed) {
  std::vector<int64_t> arrivals;
  double at_s = 0;
  for (uint64_t i = 0;; ++i) {
    at_s -= std::log(uniform(seed, i)) / rate_qps;
    if (at_s >= duration_s) return arrivals;
    arrivals.push_back(static_cast<int64_t>(at_s * 1e9));
  }
}

}  // namespace assay::timing
