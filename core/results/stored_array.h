#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "results/trial_rows.h"

namespace assay::results {

class BlobCell;

/// Bytes that stay in the file and are read some at a time.
class StoredBytes {
 public:
  explicit StoredBytes(std::shared_ptr<const BlobCell> cell) : cell_(std::move(cell)) {}

  int64_t bytes() const;
  void read(int64_t first, std::span<std::byte> out) const;

 private:
  std::shared_ptr<const BlobCell> cell_;
};

/// Numbers that stay in the file and are read some at a time: what is held does not grow with them.
/// The Database must outlive it, and it sees what was there when it was made.
template <typename T>
class StoredArray {
 public:
  explicit StoredArray(StoredBytes bytes) : bytes_(std::move(bytes)) {}

  int64_t size() const { return bytes_.bytes() / static_cast<int64_t>(sizeof(T)); }
  /// Those of [first, first + count), which must lie within it.
  std::vector<T> read(int64_t first, int64_t count) const {
    std::vector<T> out(static_cast<size_t>(count));
    bytes_.read(first * static_cast<int64_t>(sizeof(T)), std::as_writable_bytes(std::span(out)));
    return out;
  }

 private:
  StoredBytes bytes_;
};

/// Items grouped by request, in the file.
struct StoredLists {
  StoredArray<int64_t> offsets;  ///< [R + 1]
  StoredArray<int32_t> items;
};

/// Labels of users or items (LabelRow), in the file.
struct StoredLabels {
  std::vector<std::string> labels;
  StoredArray<int64_t> offsets;
  StoredArray<int32_t> codes;
};

}  // namespace assay::results
