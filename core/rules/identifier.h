#pragma once

#include <algorithm>
#include <string_view>

namespace assay::rules {

/// What may name a plugin or one of its parameters: it is a key in YAML, the name of a file and of
/// a CMake target, and is read by people. `kIdentifierRule` says it in messages.
constexpr bool is_identifier(std::string_view text) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto allowed = [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && lower(text.front()) && std::ranges::all_of(text, allowed);
}

inline constexpr std::string_view kIdentifierRule =
    "a name consists of a-z, 0-9 and _, beginning with a letter";

}  // namespace assay::rules
