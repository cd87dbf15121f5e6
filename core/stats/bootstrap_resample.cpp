#include <algorithm>

#include "error/error.h"
#include "rules/philox.h"
#include "stats/bootstrap.h"
#include "stats/fixed_point.h"
#include "stats/philox_lanes.h"

#pragma GCC diagnostic ignored "-Wpsabi"

namespace assay::stats {

namespace {

constexpr int kWide = 2;                  // PhiloxLanes in flight
constexpr uint64_t kBlocks = kWide * 4;   // Philox blocks a step
constexpr uint64_t kDraws = kBlocks * 4;  // draws a step

/// The places, each in [0, n), of draws [first_block * 4, first_block * 4 + kDraws) of a resample.
/// `places` holds them by (lanes, word, lane): in which order is told by `draw_at`.
struct Step {
  alignas(32) Lanes places[kWide][4];

  [[gnu::always_inline]] void draw(uint64_t first_block, uint32_t resample,
                                   const BootstrapOptions& options, uint64_t n) {
    PhiloxLanes blocks[kWide];
    for (int i = 0; i < kWide; ++i) {
      const uint64_t block = first_block + 4u * static_cast<uint64_t>(i);
      blocks[i].words[0] = Lanes{block, block + 1, block + 2, block + 3};
      blocks[i].words[1] = all_lanes(resample);
      blocks[i].words[2] = all_lanes(options.stream);
      blocks[i].words[3] = all_lanes(0);
    }
    philox_lanes(blocks, options.seed);
    for (int i = 0; i < kWide; ++i) {
      for (int word = 0; word < 4; ++word) {
        places[i][word] = multiply_low_halves(blocks[i].words[word], all_lanes(n)) >> 32;
      }
    }
  }
};

/// The sum of one resample. Draw 16 i + 4 lane + word of a step stands at places[i][word][lane].
int64_t sum_of_resample(std::span<const int64_t> values, uint32_t resample,
                        const BootstrapOptions& options) {
  const uint64_t n = values.size();
  const int64_t* const value = values.data();
  Step step;
  int64_t sums[4] = {};
  uint64_t drawn = 0;
  for (; drawn + kDraws <= n; drawn += kDraws) {
    step.draw(drawn / 4, resample, options, n);
    const auto* places = reinterpret_cast<const uint64_t*>(step.places);
    for (uint64_t i = 0; i < kDraws; i += 4) {
      for (uint64_t lane = 0; lane < 4; ++lane) sums[lane] += value[places[i + lane]];
    }
  }
  if (drawn < n) {
    step.draw(drawn / 4, resample, options, n);
    for (uint64_t i = 0; i < n - drawn; ++i) {
      sums[0] += value[step.places[i / 16][i % 4][i / 4 % 4]];
    }
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

}  // namespace

std::vector<double> resampled_means(std::span<const double> values,
                                    const BootstrapOptions& options) {
  error::require(values.size() < (uint64_t{1} << 31),
                 "a bootstrap sample has fewer than 2^31 values");
  if (values.empty()) return {};
  const FixedPoint fixed = to_fixed_point(values);
  const auto n = static_cast<double>(values.size());
  std::vector<double> means(static_cast<size_t>(std::max(options.resamples, 0)));
  for (size_t r = 0; r < means.size(); ++r) {
    const auto sum = sum_of_resample(fixed.values, static_cast<uint32_t>(r), options);
    means[r] = fixed.to_double(sum) / n;
  }
  return means;
}

std::vector<double> resampled_statistics(std::span<const double> values,
                                         const std::function<double(std::span<double>)>& statistic,
                                         const BootstrapOptions& options) {
  error::require(values.size() < (uint64_t{1} << 31),
                 "a bootstrap sample has fewer than 2^31 values");
  if (values.empty()) return {};
  const uint64_t n = values.size();
  std::vector<double> drawn(values.size());
  std::vector<double> replicates(static_cast<size_t>(std::max(options.resamples, 0)));
  for (size_t r = 0; r < replicates.size(); ++r) {
    rules::PhiloxWords words{};
    for (size_t i = 0; i < drawn.size(); ++i) {
      if (i % 4 == 0) {
        words = rules::philox(
            {static_cast<uint32_t>(i / 4), static_cast<uint32_t>(r), options.stream, 0},
            rules::philox_key(options.seed));
      }
      drawn[i] = values[(words[i % 4] * n) >> 32];
    }
    replicates[r] = statistic(drawn);
  }
  return replicates;
}

}  // namespace assay::stats
