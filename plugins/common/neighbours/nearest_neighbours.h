#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The most similar of many.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace assay::extra {

/// A user or an item that is similar to another.
struct Neighbour {
  int32_t id;
  double similarity;  ///< what is added up
  double rounded;     ///< rounded: it decides who is nearer, and makes ties
};

/// Keeps the `count` most similar in no order; of equally similar ones the smaller ids.
inline void keep_nearest(std::vector<Neighbour>& all, int64_t count) {
  if (count >= std::ssize(all)) return;
  std::nth_element(all.begin(), all.begin() + count, all.end(),
                   [](const Neighbour& a, const Neighbour& b) {
                     return a.rounded != b.rounded ? a.rounded > b.rounded : a.id < b.id;
                   });
  all.resize(static_cast<size_t>(count));
}

}  // namespace assay::extra
