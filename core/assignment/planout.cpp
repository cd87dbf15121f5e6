#include "assignment/planout.h"

#include <array>
#include <cstring>
#include <numeric>

#include "hash/sha1.h"

namespace assay::assignment {

uint64_t planout_integer(std::string_view text) {
  const std::array<uint32_t, 5> digest = hash::sha1(text);
  return (uint64_t{digest[0]} << 32U | digest[1]) >> 4U;
}

double planout_uniform(uint64_t integer) {
  return static_cast<double>(integer) / static_cast<double>(0xFFFFFFFFFFFFFFFULL);
}

int planout_uniform_choice(uint64_t integer, int choices) {
  return static_cast<int>(integer % static_cast<uint64_t>(choices));
}

int planout_weighted_choice(uint64_t integer, std::span<const double> weights) {
  // In PlanOut's order of sums and products: the last bit decides at a border.
  const double stop =
      planout_uniform(integer) * std::accumulate(weights.begin(), weights.end(), 0.0);
  double reached = 0.0;
  for (size_t choice = 0; choice + 1 < weights.size(); ++choice) {
    reached += weights[choice];
    if (stop <= reached) return static_cast<int>(choice);
  }
  return static_cast<int>(weights.size()) - 1;
}

uint64_t PlanOutHash::integer(std::string_view unit) const {
  std::array<char, 128> text;  // longer ones are rare
  const size_t size = begin_.size() + unit.size();
  if (size > text.size()) return planout_integer(begin_ + std::string(unit));
  std::memcpy(text.data(), begin_.data(), begin_.size());
  if (!unit.empty()) std::memcpy(text.data() + begin_.size(), unit.data(), unit.size());
  return planout_integer({text.data(), size});
}

}  // namespace assay::assignment
