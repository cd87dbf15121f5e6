#pragma once

/// One value a catalogue: how the lists of a trial, taken together, spread over the items.
/// Plain integers and no tensors: the coordinator computes these once the last shard of a trial is
/// in. `counts[i]` is the number of lists whose first k hold item i, for every item the data set
/// knows. No value (nullopt) where no list holds an item: kNoExposure is the reason to store.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exposure/group_exposure.h"
#include "exposure/popularity_pools.h"

namespace assay::exposure {

inline constexpr std::string_view kNoExposure = "no list has an item";
inline constexpr std::string_view kNoGroups =
    "the data set has no such item feature with categories";

/// The lists of a trial, taken together.
struct Exposed {
  std::span<const int64_t> counts;
  int64_t lists = 0;   ///< L, empty ones included
  int64_t cutoff = 0;  ///< k
  /// Of the feature that a definition names; null where it names none or the data have none.
  const Groups* groups = nullptr;
  const ItemUsers* known = nullptr;  ///< of the training window
};

/// Share of the catalogue that at least one list holds, in [0, 1].
std::optional<double> item_coverage(std::span<const int64_t> counts);

/// Gini index of the counts, in [0, 1): sum over i = 1..N of (2i - N - 1) c_(i) / (N sum c), counts
/// ascending (Gini 1912). 0 where all items are shown alike. `recommended_only` leaves out items
/// that no list holds.
std::optional<double> gini(std::span<const int64_t> counts, bool recommended_only = false);

/// Shannon entropy of the exposure shares, in nats: -sum p ln p. At most ln N.
std::optional<double> shannon_entropy(std::span<const int64_t> counts);

/// Share of all that is shown that goes to the `percent` per cent of the items (rounded up) that
/// are shown most.
std::optional<double> concentration(std::span<const int64_t> counts, int64_t percent);

/// 1 - mean over all pairs of lists of shared items / k. An item in c lists is shared by c(c-1)/2
/// pairs, so the counts are all it takes, whatever the order or number of batches (Zhou et al.
/// 2010). No value for fewer than two lists.
std::optional<double> personalisation(const Exposed& exposed);

/// The definitions that catalogue_value knows: every one in core/task's table that is made of
/// exposure counts and names no feature.
std::vector<std::string> catalogue_definitions();

/// The metric with this definition id, such as `gini{catalogue=all}`. Throws InternalError for an
/// id that is neither one of catalogue_definitions() nor names a feature, and where it asks for
/// `known` and that is null.
std::optional<double> catalogue_value(std::string_view definition, const Exposed& exposed);

}  // namespace assay::exposure
