#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The rows of a table that a step touches, and where each stands among them.

#include <cstdint>
#include <span>
#include <vector>

namespace assay::extra {

/// Numbers rows in the order in which they are asked for first. Made once for a table: clear() costs
/// what was touched, not what the table holds.
class TouchedRows {
 public:
  explicit TouchedRows(int64_t table = 0) : place_(static_cast<size_t>(table), -1) {}

  /// The place of a row, the next one where it has none yet.
  int64_t place(int64_t row) {
    int32_t& at = place_[static_cast<size_t>(row)];
    if (at < 0) {
      at = static_cast<int32_t>(rows_.size());
      rows_.push_back(row);
    }
    return at;
  }
  /// The place of a row, -1 where it has none.
  int64_t find(int64_t row) const { return place_[static_cast<size_t>(row)]; }
  /// By place.
  std::span<const int64_t> rows() const { return rows_; }
  int64_t size() const { return static_cast<int64_t>(rows_.size()); }
  void clear() {
    for (const int64_t row : rows_) place_[static_cast<size_t>(row)] = -1;
    rows_.clear();
  }

 private:
  std::vector<int32_t> place_;
  std::vector<int64_t> rows_;
};

}  // namespace assay::extra
