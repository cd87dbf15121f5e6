#include "metrics/item_sets.h"

#include <bit>

namespace assay::metrics {

ItemSets::ItemSets(const Ragged& sets, int64_t universe)
    : universe_(universe), words_a_set_((universe + 63) / 64) {
  const at::Tensor values = sets.values.contiguous(), offsets = sets.offsets.contiguous();
  const int64_t* value = values.const_data_ptr<int64_t>();
  value_.assign(value, value + values.size(0));
  offset_.assign(offsets.const_data_ptr<int64_t>(),
                 offsets.const_data_ptr<int64_t>() + offsets.size(0));
  bits_.assign(offset_.size() - 1, -1);
  for (int64_t item = 0; item < items(); ++item) {
    if (size(item) == 0 || size(item) * 32 < universe) continue;
    bits_[item] = static_cast<int64_t>(words_.size());
    words_.resize(words_.size() + words_a_set_);
    for (int64_t i = offset_[item]; i < offset_[item + 1]; ++i) {
      words_[bits_[item] + value_[i] / 64] |= uint64_t{1} << (value_[i] % 64);
    }
  }
}

int64_t ItemSets::common(int64_t a, int64_t b) const {
  if (bits_[a] >= 0 && bits_[b] >= 0) return anded(&words_[bits_[a]], &words_[bits_[b]]);
  if (bits_[a] >= 0) return looked_up(b, &words_[bits_[a]]);
  if (bits_[b] >= 0) return looked_up(a, &words_[bits_[b]]);
  return merged(a, b);
}

int64_t ItemSets::merged(int64_t a, int64_t b) const {
  const int32_t *x = value_.data() + offset_[a], *x_end = value_.data() + offset_[a + 1];
  const int32_t *y = value_.data() + offset_[b], *y_end = value_.data() + offset_[b + 1];
  int64_t shared = 0;
  while (x != x_end && y != y_end) {
    const int32_t left = *x, right = *y;
    shared += left == right;
    x += left <= right;
    y += right <= left;
  }
  return shared;
}

int64_t ItemSets::looked_up(int64_t list, const uint64_t* bits) const {
  int64_t shared = 0;
  for (int64_t i = offset_[list]; i < offset_[list + 1]; ++i) {
    shared += static_cast<int64_t>(bits[value_[i] / 64] >> (value_[i] % 64) & 1);
  }
  return shared;
}

int64_t ItemSets::anded(const uint64_t* a, const uint64_t* b) const {
  int64_t shared = 0;
  for (int64_t w = 0; w < words_a_set_; ++w) shared += std::popcount(a[w] & b[w]);
  return shared;
}

}  // namespace assay::metrics
