#pragma once

/// Whether groups of items (genres, makers, price bands) are shown as their share of the catalogue.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::exposure {

/// The groups of each item, or of each user: a row each.
struct Groups {
  int64_t count = 0;  ///< groups are 0..count-1
  std::vector<int64_t> values, offsets = {0};

  std::span<const int64_t> of(size_t row) const {
    return std::span(values).subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
};

/// Half the sum over groups of |share shown - share of the catalogue|, in [0, 1]: 0 where every
/// group is shown as its share (Singh and Joachims 2018, demographic parity of exposure).
/// @param counts  how many lists hold each item, parallel to the rows of `groups`
std::optional<double> exposure_disparity(std::span<const int64_t> counts, const Groups& groups);

/// The smallest (share shown / share of the catalogue) over groups that have an item.
std::optional<double> worst_group_exposure(std::span<const int64_t> counts, const Groups& groups);

/// Groups of an item that some list holds / groups that an item has.
std::optional<double> shown_groups(std::span<const int64_t> counts, const Groups& groups);

}  // namespace assay::exposure
