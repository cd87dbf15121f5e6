#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Plain pointers into ragged rows.

#include <ATen/core/Tensor.h>
#include <assay/ragged.h>

#include <cstdint>
#include <optional>
#include <span>

namespace assay::extra {

/// Plain pointers into a Ragged of int64 ids, for loops that run on the CPU. Holds the tensors it
/// points into.
class RaggedSpans {
 public:
  /// Copies to the CPU what lies elsewhere.
  explicit RaggedSpans(const Ragged& ragged) : held_(ragged.to(at::kCPU)), rows_(held_.rows()) {
    if (rows_ == 0) return;
    held_.values = held_.values.contiguous();
    held_.offsets = held_.offsets.contiguous();
    values_ = held_.values.const_data_ptr<int64_t>();
    offsets_ = held_.offsets.const_data_ptr<int64_t>();
  }

  int64_t size() const { return rows_; }
  /// The values of a row; a Ragged without rows gives empty ones.
  std::span<const int64_t> operator[](int64_t row) const {
    if (rows_ == 0) return {};
    return {values_ + offsets_[row], values_ + offsets_[row + 1]};
  }

 protected:
  /// Where a row begins among the values of all rows, of which there is at least one.
  int64_t begin(int64_t row) const { return offsets_[row]; }

 private:
  Ragged held_;
  int64_t rows_ = 0;
  const int64_t* values_ = nullptr;
  const int64_t* offsets_ = nullptr;
};

/// The same with a weight for each of the values.
class WeightedSpans : public RaggedSpans {
 public:
  /// @param weight  float32, beside the values, on any device; absent: 1 everywhere
  WeightedSpans(const Ragged& ragged, const std::optional<at::Tensor>& weight)
      : RaggedSpans(ragged) {
    if (!weight) return;
    held_weight_ = weight->cpu().contiguous();
    weight_ = held_weight_.const_data_ptr<float>();
  }

  bool has_weights() const { return weight_ != nullptr; }
  /// Of the value at `place` of a row.
  float weight(int64_t row, size_t place) const {
    return weight_ ? weight_[begin(row) + static_cast<int64_t>(place)] : 1.F;
  }

 private:
  at::Tensor held_weight_;
  const float* weight_ = nullptr;
};

/// The same with a float64 for each of the values, held elsewhere.
class ValuedSpans : public RaggedSpans {
 public:
  /// @param value  beside the values of `ragged`; must outlive this
  ValuedSpans(const Ragged& ragged, std::span<const double> value)
      : RaggedSpans(ragged), value_(value) {}

  static constexpr bool has_weights() { return true; }
  /// Of the value at `place` of a row.
  double weight(int64_t row, size_t place) const {
    return value_[static_cast<size_t>(begin(row)) + place];
  }

 private:
  std::span<const double> value_;
};

}  // namespace assay::extra
