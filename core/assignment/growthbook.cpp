#include "assignment/growthbook.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "error/error.h"

namespace assay::assignment {

namespace {

/// Takes the first character off a text of valid UTF-8.
uint32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  uint32_t character = bytes == 1 ? first : first & (0x7FU >> bytes);
  for (size_t i = 1; i < bytes && i < text.size(); ++i)
    character = character << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(std::min(bytes, text.size()));
  return character;
}

uint32_t with_unit(uint32_t state, uint32_t unit) { return (state ^ unit) * kFnvPrime; }

}  // namespace

uint32_t fnv1a_beyond_ascii(std::string_view text, uint32_t state) {
  while (!text.empty()) {
    const uint32_t character = take_character(text);
    if (character < 0x10000) {
      state = with_unit(state, character);
      continue;
    }
    const uint32_t rest = character - 0x10000;  // two surrogates
    state = with_unit(state, 0xD800 + (rest >> 10U));
    state = with_unit(state, 0xDC00 + (rest & 0x3FFU));
  }
  return state;
}

GrowthBookHash::GrowthBookHash(std::string_view seed, int version)
    : seed_(seed), version_(version), begun_(fnv1a(seed)) {
  error::require(version == 1 || version == 2, "GrowthBook's hash has the versions 1 and 2");
}

std::vector<BucketRange> bucket_ranges(int arms, double coverage, std::span<const double> weights) {
  const auto count = static_cast<size_t>(arms);
  std::vector<double> shares(weights.begin(), weights.end());
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (shares.size() != count || sum < 0.99 || sum > 1.01)
    shares.assign(count, 1.0 / static_cast<double>(arms));
  const double covered = std::clamp(coverage, 0.0, 1.0);
  std::vector<BucketRange> ranges;
  double begin = 0.0;
  for (const double share : shares) {
    ranges.push_back({begin, begin + covered * share});
    begin += share;
  }
  return ranges;
}

int choose_variation(double n, std::span<const BucketRange> ranges) {
  const auto found =
      std::ranges::find_if(ranges, [&](const auto& range) { return range.holds(n); });
  return found == ranges.end() ? -1 : static_cast<int>(found - ranges.begin());
}

}  // namespace assay::assignment
