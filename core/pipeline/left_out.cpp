#include "pipeline/left_out.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

namespace assay::pipeline {

RequestBatch left_out(RequestBatch requests, const at::Tensor& item) {
  History& history = requests.history;
  const at::Tensor kept = history.values.ne(item.index_select(0, history.row_index()));
  const at::Tensor before = at::cat({at::zeros({1}, history.offsets.options()), kept.cumsum(0)});
  const at::Tensor places = kept.nonzero().select(1, 0);
  history.offsets = before.index_select(0, history.offsets);
  history.values = history.values.index_select(0, places);
  for (std::optional<at::Tensor>* column : {&history.time_us, &history.event_type, &history.weight})
    if (*column) *column = (*column)->index_select(0, places);
  return requests;
}

}  // namespace assay::pipeline
