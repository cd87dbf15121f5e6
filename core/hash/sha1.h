#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace assay::hash {

/// SHA-1 (FIPS 180-4) as its five words. For agreement with other tools that put units into buckets
/// by it, at a rate at which a library's set-up of each hash would cost more than the hash; never for
/// identity or against an adversary.
std::array<uint32_t, 5> sha1(std::string_view text);

}  // namespace assay::hash
