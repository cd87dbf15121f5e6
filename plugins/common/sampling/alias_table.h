#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Draws in proportion to weights in constant time.

#include <cstdint>
#include <span>
#include <vector>

namespace assay::extra {

/// Draws places in proportion to weights in constant time (Walker 1977, An Efficient Method for
/// Generating Discrete Random Variables; built as in Vose 1991).
class AliasTable {
 public:
  /// @param weights  not negative, at least one above 0. A weight of 0 is never drawn.
  explicit AliasTable(std::span<const double> weights);

  int64_t size() const { return static_cast<int64_t>(own_.size()); }
  /// @param column  uniform in [0, 1)
  /// @param coin    uniform in [0, 1), independent of it
  int64_t operator()(double column, double coin) const {
    const auto place = static_cast<int64_t>(column * static_cast<double>(own_.size()));
    return coin < own_[place] ? place : other_[place];
  }

 private:
  std::vector<double> own_;  // of each column, the share of its own place; the rest is other_'s
  std::vector<int64_t> other_;
};

}  // namespace assay::extra
