#pragma once

#include <span>

#include "config/keys.h"

namespace assay::config {

/// The table of keys in parts; key_table() puts them together.
std::span<const KeyInfo> source_keys();      ///< where a data set lies and how it is read
std::span<const KeyInfo> impression_keys();  ///< a table of logged rows
std::span<const KeyInfo> simulator_keys();   ///< a world with known truth
std::span<const KeyInfo> dataset_keys();     ///< what of it is used
std::span<const KeyInfo> split_keys();
std::span<const KeyInfo> protocol_keys();
std::span<const KeyInfo> variant_keys();
std::span<const KeyInfo> feedback_keys();  ///< what a variant learns from in the place of the log
std::span<const KeyInfo> serving_keys();
std::span<const KeyInfo> tune_keys();
std::span<const KeyInfo> decision_keys();
std::span<const KeyInfo> off_policy_keys();
std::span<const KeyInfo> privacy_keys();

inline constexpr std::string_view kRequired = "required";
inline constexpr Range kFromZero{.low = 0};
inline constexpr Range kFromOne{.low = 1};
inline constexpr Range kShare{.low = 0, .high = 1, .open = true};
inline constexpr Range kShareOrNone{.low = 0, .high = 0.999};

}  // namespace assay::config
