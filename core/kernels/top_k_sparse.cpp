#include <assay/sparse_top_k.h>

#include "kernels/selector.h"

namespace assay {

void top_k_sparse(std::span<const int32_t> items, std::span<const double> scores,
                  std::span<const int64_t> excluded, std::span<int64_t> item_out,
                  std::span<float> score_out) {
  const auto k = static_cast<int64_t>(item_out.size());
  kernels::SelectorPool<double> pool(1, k, static_cast<int64_t>(items.size()));
  pool.begin(0, {excluded.data(), excluded.data() + excluded.size()});
  for (size_t n = 0; n < items.size(); ++n) pool[0].offer(scores[n], items[n]);
  pool[0].finish(k, item_out.data(), score_out.data());
}

}  // namespace assay
