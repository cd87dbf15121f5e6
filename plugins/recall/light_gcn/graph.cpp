#include "graph.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace assay::light_gcn {
namespace {

constexpr int64_t kNodesAtOnce = 256;

}  // namespace

Graph::Graph(const TrainingView& data) {
  const extra::RaggedSpans by_user(data.by_user), by_item(data.by_item);
  offsets_.push_back(0);
  const auto add = [&](std::span<const int64_t> others, int64_t first,
                       const extra::RaggedSpans& their) {
    const auto own = static_cast<double>(others.size());
    for (const int64_t other : others) {
      neighbours_.push_back(static_cast<int32_t>(first + other));
      weight_.push_back(
          static_cast<float>(1 / std::sqrt(own * static_cast<double>(their[other].size()))));
    }
    offsets_.push_back(static_cast<int64_t>(neighbours_.size()));
  };
  for (int64_t user = 0; user < data.users; ++user) add(by_user[user], data.users, by_item);
  for (int64_t item = 0; item < data.items; ++item) add(by_item[item], 0, by_user);
}

void Graph::times(const float* from, float* to, int64_t width) const {
  extra::parallel_blocks(nodes(), kNodesAtOnce, [&](int64_t first, int64_t last) {
    for (int64_t node = first; node < last; ++node) {
      float* const sum = to + node * width;
      std::fill_n(sum, width, 0.F);
      for (int64_t at = offsets_[node]; at < offsets_[node + 1]; ++at) {
        const float* const other = from + neighbours_[at] * width;
        const float weight = weight_[at];
        for (int64_t f = 0; f < width; ++f) sum[f] += weight * other[f];
      }
    }
  });
}

at::Tensor Graph::propagated(const at::Tensor& table, int64_t layers) const {
  at::Tensor sum = table.clone();
  at::Tensor layer = table, next = at::empty_like(table), spare;
  for (int64_t n = 0; n < layers; ++n) {
    times(layer.const_data_ptr<float>(), next.mutable_data_ptr<float>(), table.size(1));
    sum.add_(next);
    spare = n == 0 ? at::empty_like(table) : layer;  // the table itself is not written to
    layer = std::exchange(next, spare);
  }
  return sum.div_(static_cast<double>(layers + 1));
}

int64_t Graph::bytes(const DataSizes& sizes) {
  return 8 * (sizes.users + sizes.items) + 2 * (4 + 4) * sizes.positives;
}

}  // namespace assay::light_gcn
