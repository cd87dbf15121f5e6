#include "analysis/item_slices.h"

#include <limits>

#include "error/error.h"

namespace assay::analysis {

std::vector<float> sliced_values(const results::Slates& slates, const results::ItemLists& truth,
                                 std::span<const char> in_slice, const rules::HitRule& rule,
                                 int cutoff) {
  error::require(std::ssize(truth.offsets) == slates.requests + 1, "every request has a truth");
  error::require(cutoff > 0 && cutoff <= slates.size, "a cutoff lies within the slate");
  std::vector<float> values(static_cast<size_t>(slates.requests),
                            std::numeric_limits<float>::quiet_NaN());
  std::vector<char> relevant(in_slice.size(), 0);
  std::vector<char> hits(static_cast<size_t>(cutoff));
  for (size_t r = 0; r < values.size(); ++r) {
    const auto begin = static_cast<size_t>(truth.offsets[r]);
    const auto items =
        std::span(truth.items).subspan(begin, static_cast<size_t>(truth.offsets[r + 1]) - begin);
    int64_t count = 0;
    for (const int32_t item : items) {
      relevant[static_cast<size_t>(item)] = in_slice[static_cast<size_t>(item)];
      count += in_slice[static_cast<size_t>(item)];
    }
    for (size_t rank = 0; rank < hits.size(); ++rank) {
      const int32_t item = slates.items[r * static_cast<size_t>(slates.size) + rank];
      hits[rank] = item >= 0 ? relevant[static_cast<size_t>(item)] : char{0};
    }
    if (count > 0) values[r] = static_cast<float>(rules::value_of(rule, hits, count, cutoff));
    for (const int32_t item : items) relevant[static_cast<size_t>(item)] = 0;
  }
  return values;
}

}  // namespace assay::analysis
