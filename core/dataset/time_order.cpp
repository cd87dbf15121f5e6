#include "dataset/time_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>

#include "dataset/in_parallel.h"

namespace assay::dataset {
namespace {

constexpr int kRowBits = 32;
constexpr int kDigitBits = 11;
constexpr size_t kDigits = size_t{1} << kDigitBits;

size_t digit_of(int64_t key, int pass) {
  return (static_cast<uint64_t>(key) >> (kRowBits + pass * kDigitBits)) & (kDigits - 1);
}

// One stable pass of a radix sort.
void sort_by_digit(const LargeVector<int64_t>& from, LargeVector<int64_t>& to, int pass) {
  std::array<size_t, kDigits> next{};
  for (const int64_t key : from) ++next[digit_of(key, pass)];
  std::exclusive_scan(next.begin(), next.end(), next.begin(), size_t{0});
  for (const int64_t key : from) to[next[digit_of(key, pass)]++] = key;
}

// Seconds since the first one above, row below: keys in the memory of the times.
void sort_keys(LargeVector<int64_t>& keys, uint64_t range) {
  LargeVector<int64_t> other;
  other.extend(keys.size());
  for (int pass = 0; pass * kDigitBits < static_cast<int>(std::bit_width(range)); ++pass) {
    sort_by_digit(keys, other, pass);
    keys.swap(other);
  }
}

// For times whose range does not fit beside the row.
TimeOrder order_by_comparing(LargeVector<int64_t> time_s) {
  TimeOrder out;
  out.row.extend(time_s.size());
  std::iota(out.row.begin(), out.row.end(), 0);
  std::ranges::stable_sort(out.row, {}, [&](int32_t row) { return time_s[row]; });
  out.time_s.reserve(time_s.size());
  for (const int32_t row : out.row) out.time_s.push_back(time_s[row]);
  return out;
}

}  // namespace

TimeOrder order_by_time(LargeVector<int64_t> time_s) {
  if (std::ranges::is_sorted(time_s)) return {std::move(time_s), {}};
  const auto [first, last] = std::ranges::minmax(time_s);
  const uint64_t range = static_cast<uint64_t>(last) - static_cast<uint64_t>(first);
  if (range > std::numeric_limits<uint32_t>::max()) return order_by_comparing(std::move(time_s));
  for (size_t row = 0; row < time_s.size(); ++row)
    time_s[row] = ((time_s[row] - first) << kRowBits) | static_cast<int64_t>(row);
  sort_keys(time_s, range);
  TimeOrder out{std::move(time_s), {}};
  int32_t* row = out.row.extend(out.time_s.size());
  in_parallel(out.time_s.size(), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const auto key = static_cast<uint64_t>(out.time_s[i]);
      row[i] = static_cast<int32_t>(key);
      out.time_s[i] = first + static_cast<int64_t>(key >> kRowBits);
    }
  });
  return out;
}

}  // namespace assay::dataset
