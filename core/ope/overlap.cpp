#include "ope/overlap.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace assay::ope {

namespace {

/// The exponent of a double of bin 1's low end, 2^-15, as it is stored, less 1.
constexpr int64_t kBinZero = 1023 - 16;

/// As Overlap::histogram says; a weight is at least 0, so its bits are its exponent and fraction.
int bin_of(double weight) {
  const auto exponent = static_cast<int64_t>(std::bit_cast<uint64_t>(weight) >> 52);
  return static_cast<int>(std::clamp<int64_t>(exponent - kBinZero, 0, kOverlapBins - 1));
}

}  // namespace

double overlap_bin_low(int bin) { return bin == 0 ? 0.0 : std::ldexp(1.0, bin - 16); }

void OverlapCount::add(const Block& block, const BlockFacts& facts, double centre) {
  least_propensity_ = std::min(least_propensity_, facts.least_propensity);
  most_propensity_ = std::max(most_propensity_, facts.most_propensity);
  if (facts.largest_weight > largest_) {
    const auto end = block.weight.begin() + block.rounds;
    largest_ = facts.largest_weight;
    largest_row_ =
        block.first_row + (std::max_element(block.weight.begin(), end) - block.weight.begin());
  }
  if (facts.least_policy == 0.0) {
    unused_ += std::count(block.weight.begin(), block.weight.begin() + block.rounds, 0.0);
  }
  if (!histogram_) return;
  count(block);
  weigh(block, centre);
}

void OverlapCount::count(const Block& block) {
  int i = 0;
  for (; i + 4 <= block.rounds; i += 4) {
    for (int lane = 0; lane < 4; ++lane) ++bins_[lane][bin_of(block.weight[i + lane])];
  }
  for (; i < block.rounds; ++i) ++bins_[0][bin_of(block.weight[i])];
}

void OverlapCount::weigh(const Block& block, double centre) {
  for (int i = 0; i < block.rounds; ++i) {
    const int bin = bin_of(block.weight[i]);
    weight_[bin] += block.weight[i];
    // A reward of 0 less the centre is the centre's negative, to the bit.
    if (block.reward[i] != -centre) rewarded_bin_ = std::max(rewarded_bin_, bin);
  }
}

double OverlapCount::unrewarded_share() const {
  double all = 0.0, above = 0.0;
  for (int bin = 0; bin < kOverlapBins; ++bin) {
    all += weight_[bin];
    if (bin > rewarded_bin_) above += weight_[bin];
  }
  return all > 0.0 ? above / all : 0.0;
}

Overlap OverlapCount::overlap(const WeightSummary* weights, int64_t rounds) const {
  Overlap overlap;
  overlap.rounds = rounds;
  if (rounds == 0) return overlap;
  const auto n = static_cast<double>(rounds);
  overlap.outside_is_known = outside_is_known_;
  if (outside_is_known_) overlap.outside_share = outside_ / n;
  if (weights == nullptr) return overlap;
  overlap.weights = *weights;
  overlap.largest_weight_row = largest_row_;
  overlap.least_propensity = least_propensity_;
  overlap.unused_share = static_cast<double>(unused_) / n;
  if (!outside_is_known_ && weights->mean + 2.0 * weights->mean_error < 1.0) {
    overlap.outside_share = 1.0 - weights->mean;
  }
  for (const auto& lane : bins_) {
    for (int bin = 0; bin < kOverlapBins; ++bin) overlap.histogram[bin] += lane[bin];
  }
  if (histogram_) overlap.histogram[0] -= unused_;
  overlap.unrewarded_share = unrewarded_share();
  return overlap;
}

}  // namespace assay::ope
