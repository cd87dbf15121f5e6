#include "pipeline/ranked_lists.h"

#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace assay::pipeline {

CandidateBatch ranked_lists(const DataView& data, const std::string& name, task::Window window,
                            const RequestBatch& requests, int64_t k) {
  const std::string prefix = fmt::format("lists.{}.{}", name, name_of(window));
  const dataset::RaggedView lists = data.prepared().ragged(prefix);
  const auto scores = data.prepared().array<float>(prefix + ".scores");
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
  return {item.to(data.device()), score.to(data.device()), {}, {}};
}

}  // namespace assay::pipeline
