#pragma once

#include <string>
#include <string_view>

namespace assay::hash {

/// HMAC-SHA-256 of a text (RFC 2104), as 64 hex digits: who lacks the key can neither compute it nor
/// find out by trying which text it is of.
std::string hmac_sha256_hex(std::string_view key, std::string_view text);

}  // namespace assay::hash
