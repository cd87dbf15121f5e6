#include "metrics/exposure_counts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/zeros.h>

#include "error/error.h"

namespace assay::metrics {
namespace {

void count_cpu(const at::Tensor& lists, int64_t cutoff, int64_t items, int32_t* counts) {
  const at::Tensor list = lists.contiguous();
  const auto* item = list.const_data_ptr<int64_t>();
  const int64_t stride = list.size(1), width = std::min(cutoff, stride);
  for (int64_t r = 0; r < list.size(0); ++r) {
    for (int64_t k = 0; k < width; ++k) {
      const int64_t id = item[r * stride + k];
      error::require(id < items, "an item of a list is within the catalogue");
      if (id >= 0) ++counts[id];
    }
  }
}

}  // namespace

ExposureCounts::ExposureCounts(int64_t items, const std::vector<int64_t>& cutoffs) : items_(items) {
  for (const int64_t cutoff : cutoffs)
    counts_[cutoff] = at::zeros({items}, at::TensorOptions().dtype(at::kInt));
}

void ExposureCounts::add(const at::Tensor& lists) {
  for (auto& [cutoff, counts] : counts_) {
    if (lists.is_cpu() && counts.is_cpu()) {
      count_cpu(lists, cutoff, items_, counts.mutable_data_ptr<int32_t>());
      continue;
    }
    const at::Tensor shown = lists.slice(1, 0, cutoff).reshape({-1});
    counts = counts.to(lists.device());
    counts += at::bincount(shown + 1, {}, items_ + 1)
                  .slice(0, 1)
                  .to(at::kInt);  // padding is counted as item -1
  }
}

at::Tensor ExposureCounts::counts(int64_t cutoff) const { return counts_.at(cutoff).cpu(); }

}  // namespace assay::metrics
