#include "dataset/time_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>

#include "dataset/in_parallel.h"
#include "dataset/time.h"

namespace assay::dataset {
namespace {

constexpr int kRowBits = 32;
constexpr int kDigitBits = 11;
constexpr size_t kDigits = size_t{1} << kDigitBits;
constexpr uint64_t kLowBits = std::numeric_limits<uint32_t>::max();

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

// Keys of 32 bits, at most `range`, above; row below.
void sort_keys(LargeVector<int64_t>& keys, uint64_t range) {
  LargeVector<int64_t> other;
  other.extend(keys.size());
  for (int pass = 0; pass * kDigitBits < static_cast<int>(std::bit_width(range)); ++pass) {
    sort_by_digit(keys, other, pass);
    keys.swap(other);
  }
}

// The largest of a second, a millisecond and a microsecond of which all times are multiples, so
// that as few digits as possible are sorted.
int64_t unit_of(const LargeVector<int64_t>& time_us) {
  int64_t unit = kMicroseconds;
  for (const int64_t time : time_us)
    while (unit > 1 && time % unit != 0) unit /= 1000;
  return unit;
}

int64_t key_of(uint64_t digits, size_t row) {
  return static_cast<int64_t>((digits << kRowBits) | row);
}

// Keys in the memory of the times.
TimeOrder order_in_place(LargeVector<int64_t> time_us, int64_t first, int64_t unit,
                         uint64_t range) {
  for (size_t row = 0; row < time_us.size(); ++row)
    time_us[row] = key_of(static_cast<uint64_t>((time_us[row] - first) / unit), row);
  sort_keys(time_us, range);
  TimeOrder out{std::move(time_us), {}};
  int32_t* row = out.row.extend(out.time_us.size());
  in_parallel(out.time_us.size(), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const auto key = static_cast<uint64_t>(out.time_us[i]);
      row[i] = static_cast<int32_t>(key);
      out.time_us[i] = first + static_cast<int64_t>(key >> kRowBits) * unit;
    }
  });
  return out;
}

// By the lower 32 bits, then, which keeps the order of equal ones, by the upper.
TimeOrder order_by_halves(const LargeVector<int64_t>& time_us, int64_t first, uint64_t range) {
  const auto since = [&](size_t row) { return static_cast<uint64_t>(time_us[row] - first); };
  LargeVector<int64_t> keys;
  keys.reserve(time_us.size());
  for (size_t row = 0; row < time_us.size(); ++row)
    keys.push_back(key_of(since(row) & kLowBits, row));
  sort_keys(keys, kLowBits);
  for (int64_t& key : keys) {
    const auto row = static_cast<size_t>(static_cast<uint64_t>(key) & kLowBits);
    key = key_of(since(row) >> kRowBits, row);
  }
  sort_keys(keys, range >> kRowBits);
  TimeOrder out;
  out.row.reserve(keys.size());
  for (const int64_t key : keys) out.row.push_back(static_cast<int32_t>(key));
  keys = {};
  out.time_us.reserve(time_us.size());
  for (const int32_t row : out.row) out.time_us.push_back(time_us[row]);
  return out;
}

}  // namespace

TimeOrder order_by_time(LargeVector<int64_t> time_us) {
  if (std::ranges::is_sorted(time_us)) return {std::move(time_us), {}};
  const auto [first, last] = std::ranges::minmax(time_us);
  const uint64_t range = static_cast<uint64_t>(last) - static_cast<uint64_t>(first);
  const int64_t unit = unit_of(time_us);
  const uint64_t units = range / static_cast<uint64_t>(unit);
  if (units <= kLowBits) return order_in_place(std::move(time_us), first, unit, units);
  return order_by_halves(time_us, first, range);
}

}  // namespace assay::dataset
