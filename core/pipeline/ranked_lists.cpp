#include "pipeline/ranked_lists.h"

#include <ATen/ops/full.h>

#include <algorithm>
#include <limits>

namespace assay::pipeline {

CandidateBatch ranked_lists(const dataset::CutLists& cut, task::Window window,
                            const RequestBatch& requests, int64_t k, at::Device device) {
  const dataset::RaggedView lists = cut.lists(window);
  const std::span<const float> scores = cut.scores(window);
  const int64_t rows = requests.size();
  at::Tensor item = at::full({rows, k}, -1, at::kLong);
  at::Tensor score = at::full({rows, k}, -std::numeric_limits<float>::infinity(), at::kFloat);
  const at::Tensor request = requests.request.cpu();
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t place = request.const_data_ptr<int64_t>()[row];
    if (place < 0) continue;  // padding
    const auto list = lists.row(place);
    const int64_t count = std::min<int64_t>(k, list.size());
    std::copy_n(list.begin(), count, item.mutable_data_ptr<int64_t>() + row * k);
    std::copy_n(scores.begin() + lists.offsets[place], count,
                score.mutable_data_ptr<float>() + row * k);
  }
  return {item.to(device), score.to(device), {}, {}};
}

}  // namespace assay::pipeline
