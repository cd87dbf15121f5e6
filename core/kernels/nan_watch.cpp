#include "kernels/nan_watch.h"

#include <ATen/core/Tensor.h>

#include <algorithm>

namespace assay::kernels {
namespace {

thread_local NanWatch* open_watch = nullptr;

}  // namespace

NanWatch::NanWatch() { open_watch = this; }
NanWatch::~NanWatch() { open_watch = nullptr; }

bool NanWatch::is_open() { return open_watch != nullptr; }

void NanWatch::note(const RequestBatch& requests, int64_t row) {
  if (open_watch == nullptr || !requests.request.defined()) return;
  open_watch->requests_.push_back(requests.request[row].item<int64_t>());
}

std::optional<std::string> NanWatch::breach(const CandidateBatch& lists,
                                            const RequestBatch& requests) const {
  if (requests_.empty() || lists.width() == 0 || lists.size() != requests.size())
    return std::nullopt;
  const at::Tensor first = lists.item.select(1, 0).cpu().contiguous();
  const at::Tensor request = requests.request.cpu().contiguous();
  for (int64_t row = 0; row < lists.size(); ++row) {
    const int64_t place = request.const_data_ptr<int64_t>()[row];
    if (first.const_data_ptr<int64_t>()[row] >= 0 || place < 0) continue;
    if (std::ranges::find(requests_, place) == requests_.end()) continue;
    return "request " + std::to_string(row) +
           " has an empty list, because every score that top_k could choose for it is NaN; "
           "expected "
           "finite scores, or -inf for what must not be served";
  }
  return std::nullopt;
}

}  // namespace assay::kernels
