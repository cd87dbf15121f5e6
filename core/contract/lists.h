#pragma once

#include <assay/batch.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace assay::contract {

/// One list of a batch.
struct Row {
  std::span<const int64_t> item;   ///< with its padding
  std::span<const float> score;    ///< parallel
  std::span<const int64_t> items;  ///< what is before the first padding
};

/// A candidate batch as rows on the CPU. Only batches that passed shape_breach() can become one.
class Lists {
 public:
  explicit Lists(const CandidateBatch& batch)
      : rows(batch.size()),
        width(batch.width()),
        item_(batch.item.cpu().contiguous()),
        score_(batch.score.cpu().contiguous()),
        first_item_(item_.const_data_ptr<int64_t>()),
        first_score_(score_.const_data_ptr<float>()) {}

  const int64_t rows, width;

  Row row(int64_t r) const {
    const auto count = static_cast<size_t>(width);
    const std::span<const int64_t> item(first_item_ + r * width, count);
    const auto length = static_cast<size_t>(std::ranges::find(item, -1) - item.begin());
    return {item, {first_score_ + r * width, count}, item.first(length)};
  }
  int64_t item_at(int64_t r, int64_t rank) const { return first_item_[r * width + rank]; }
  float score_at(int64_t r, int64_t rank) const { return first_score_[r * width + rank]; }
  /// Items before the padding.
  int64_t length(int64_t r) const { return std::ssize(row(r).items); }

 private:
  at::Tensor item_, score_;
  const int64_t* first_item_;
  const float* first_score_;
};

/// Rows of ids on the CPU.
class IdRows {
 public:
  explicit IdRows(const Ragged& ragged)
      : values_(ragged.values.cpu().contiguous()), offsets_(ragged.offsets.cpu().contiguous()) {}

  std::span<const int64_t> row(int64_t r) const {
    const int64_t* offset = offsets_.const_data_ptr<int64_t>();
    return {values_.const_data_ptr<int64_t>() + offset[r],
            static_cast<size_t>(offset[r + 1] - offset[r])};
  }

 private:
  at::Tensor values_, offsets_;
};

}  // namespace assay::contract
