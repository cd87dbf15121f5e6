#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The place of the best candidate, for rerankers that fill a slate one place after another.

#include <assay/extra/similarity/double_lanes.h>

#include <cstdint>
#include <limits>
#include <span>

namespace assay::extra {

/// Values that differ by no more are a tie.
inline constexpr double kTie = 1e-12;

/// The place of the largest value, among ties that of the smallest item; -1 where all are -inf.
/// @param values  of the candidates; -inf where one is taken. None is NaN
/// @param items   as many dense ids
inline int64_t best_place(std::span<const double> values, std::span<const int64_t> items) {
  const double most = largest(values);
  if (most == -std::numeric_limits<double>::infinity()) return -1;
  int64_t best = -1;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= most - kTie && (best < 0 || items[i] < items[best]))
      best = static_cast<int64_t>(i);
  }
  return best;
}

/// The same where a value can only fall as the slate fills: `values` are then upper bounds, and only
/// those that might be the largest are computed anew (Minoux 1978, Accelerated greedy algorithms for
/// maximizing submodular set functions).
/// @param is_fresh  bool(place): values[place] is what it would be if computed now
/// @param refresh   void(place): computes values[place], which may not rise
template <typename IsFresh, typename Refresh>
int64_t lazily_best_place(std::span<const double> values, std::span<const int64_t> items,
                          const IsFresh& is_fresh, const Refresh& refresh) {
  double most = largest(values);
  if (most == -std::numeric_limits<double>::infinity()) return -1;
  size_t first = 0;
  while (values[first] != most) ++first;
  const auto look_again = [&](size_t i) {
    if (!is_fresh(static_cast<int64_t>(i))) refresh(static_cast<int64_t>(i));
  };
  look_again(first);
  most = values[first];
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < most - kTie) continue;
    look_again(i);
    if (values[i] > most) most = values[i];
  }
  int64_t best = -1;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= most - kTie && (best < 0 || items[i] < items[best]))
      best = static_cast<int64_t>(i);
  }
  return best;
}

}  // namespace assay::extra
