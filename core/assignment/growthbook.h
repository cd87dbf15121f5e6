#pragma once

/// Buckets, weights and namespaces as GrowthBook's SDKs have them (hash versions 1 and 2), so that a
/// unit is in the same arm here as on the site that serves it. Texts are valid UTF-8.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::assignment {

inline constexpr uint32_t kFnvStart = 2166136261U;
inline constexpr uint32_t kFnvPrime = 16777619U;

/// Goes on with a text whose first byte begins a character beyond ASCII.
uint32_t fnv1a_beyond_ascii(std::string_view text, uint32_t state);

/// FNV-1a of 32 bits (Fowler, Noll & Vo 1991) over the UTF-16 code units of a text, each taken whole:
/// of ASCII the same as over its bytes.
/// @param state  the hash of what stands before `text`
inline uint32_t fnv1a(std::string_view text, uint32_t state = kFnvStart) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80) return fnv1a_beyond_ascii(text.substr(i), state);
    state = (state ^ byte) * kFnvPrime;
  }
  return state;
}

/// The bucket of a value under a seed.
class GrowthBookHash {
 public:
  /// @param version  1: (fnv1a(value + seed) mod 1000) / 1000; 2: fnv1a of the decimal digits of
  ///                 fnv1a(seed + value), mod 10000, / 10000. Anything else is an InternalError
  GrowthBookHash(std::string_view seed, int version);

  int buckets() const { return version_ == 1 ? 1000 : 10000; }
  /// In [0, buckets()).
  int bucket(std::string_view value) const {
    if (version_ == 1) return static_cast<int>(fnv1a(seed_, fnv1a(value)) % 1000);
    char digits[10];
    const auto end = std::to_chars(digits, digits + sizeof digits, fnv1a(value, begun_)).ptr;
    return static_cast<int>(fnv1a({digits, static_cast<size_t>(end - digits)}) % 10000);
  }
  /// In [0, 1).
  double hash(std::string_view value) const {
    return static_cast<double>(bucket(value)) / buckets();
  }

 private:
  std::string seed_;
  int version_;
  uint32_t begun_;  ///< of the seed alone
};

/// Those n with low <= n < high.
struct BucketRange {
  double low = 0.0;
  double high = 0.0;
  bool holds(double n) const { return low <= n && n < high; }
  bool operator==(const BucketRange&) const = default;
};

/// The range of each of `arms` arms: arm i begins where the weights before it end and takes coverage
/// times its weight, so that a larger coverage adds units to an arm and moves none. As GrowthBook
/// does, coverage is cut to [0, 1], and weights that are not one an arm or do not sum to 1 (.99 to
/// 1.01) count as equal ones; what a user writes is checked before.
std::vector<BucketRange> bucket_ranges(int arms, double coverage, std::span<const double> weights);

/// The first range that holds n; -1 where none does.
int choose_variation(double n, std::span<const BucketRange> ranges);

/// A part of the units that experiments share out among each other, so that no unit is in two of
/// them: its hash (version 1, of "__" + name) lies in the range.
class NamespacePart {
 public:
  NamespacePart(const std::string& name, BucketRange range)
      : hash_("__" + name, 1), range_(range) {}
  double hash(std::string_view unit) const { return hash_.hash(unit); }
  bool holds(std::string_view unit) const { return range_.holds(hash(unit)); }

 private:
  GrowthBookHash hash_;
  BucketRange range_;
};

}  // namespace assay::assignment
