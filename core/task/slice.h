#pragma once

/// Parts of the requests, or of the items, whose metrics are shown apart: `metrics.slices` of an
/// experiment file. A slice spec names a whole cut ("users: activity"); each part of it is a slice
/// ("users: cold").

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::task {

struct SliceSpec {
  enum class Of { users, items, time };

  Of of = Of::users;
  std::string feature;  ///< of users or items; empty: their activity
  int64_t parts = 0;    ///< of time
};

/// `users: activity`, `items: activity`, `user.<feature>`, `item.<feature>`, `time: <parts>`, the
/// parts from 2 to 100. Throws UserError, without a place, where the text is none of them.
SliceSpec parse_slice(std::string_view text);

/// As it is stored, and as parse_slice reads it.
std::string slice_text(const SliceSpec& spec);

/// Activity, by events of the training window: `cold` has none; `hot` is the most active fifth of
/// the others, and all that are as active as the last of them; `warm` is the rest.
inline constexpr std::string_view kActivity[] = {"cold", "warm", "hot"};
/// @param events  training events of each user or item
/// @return        place in kActivity of each
std::vector<int32_t> activity_of(const std::vector<int64_t>& events);

/// The name of one part: "users: cold", "user.gender: F", "time: 1 of 4".
std::string slice_name(const SliceSpec& spec, std::string_view label);

}  // namespace assay::task
