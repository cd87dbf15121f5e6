#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace assay::text {

/// What some programs write at the beginning of a UTF-8 file.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Whether a byte goes on with a character that an earlier byte began.
constexpr bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// The place of the first byte that is not part of valid UTF-8 (RFC 3629: no overlong forms, no
/// surrogates, nothing above U+10FFFF), if there is one. A zero byte is valid.
std::optional<size_t> first_bad_byte(std::string_view text);

/// Whether all bytes are valid UTF-8.
bool is_utf8(std::string_view text);

}  // namespace assay::text
