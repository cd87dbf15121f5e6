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

namespace assay {

inline constexpr std::string_view kNoExposure = "no list holds an item";

/// Share of the catalogue that at least one list holds, in [0, 1].
std::optional<double> item_coverage(std::span<const int64_t> counts);

/// Gini index of the counts, in [0, 1): sum over i = 1..N of (2i - N - 1) c_(i) / (N sum c), counts
/// ascending (Gini 1912). 0 where all items are shown alike. `recommended_only` leaves out items
/// that no list holds.
std::optional<double> gini(std::span<const int64_t> counts, bool recommended_only = false);

/// Shannon entropy of the exposure shares, in nats: -sum p ln p. At most ln N.
std::optional<double> shannon_entropy(std::span<const int64_t> counts);

/// The definitions that catalogue_value knows: every one in core/task's table that is not per
/// request.
std::vector<std::string> catalogue_definitions();

/// The metric with this definition id, such as `gini{catalogue=all}`. Throws InternalError for an
/// id that is not one of catalogue_definitions().
std::optional<double> catalogue_value(std::string_view definition, std::span<const int64_t> counts);

}  // namespace assay
