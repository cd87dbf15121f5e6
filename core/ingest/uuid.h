#pragma once

#include <cstddef>
#include <cstdint>

namespace assay::ingest {

inline constexpr size_t kUuidBytes = 16;
inline constexpr size_t kUuidLength = 36;  ///< of its text

/// Writes the text of a UUID, such as 123e4567-e89b-12d3-a456-426614174000 (RFC 9562, section 4).
/// @param bytes  kUuidBytes
/// @param to     kUuidLength characters; nothing behind them
inline void write_uuid(const uint8_t* bytes, char* to) {
  constexpr const char* kDigits = "0123456789abcdef";
  for (size_t i = 0; i < kUuidBytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
    *to++ = kDigits[bytes[i] >> 4];
    *to++ = kDigits[bytes[i] & 15];
  }
}

}  // namespace assay::ingest
