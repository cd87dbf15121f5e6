#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The loop of a reranker over the requests of a batch.

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <assay/batch.h>
#include <assay/extra/threads/parallel.h>
#include <assay/kernels.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace assay::extra {

/// One request's candidates, and the slate to fill.
struct ListToChoose {
  int64_t row;                     ///< the request's place in the batch
  std::span<const int64_t> items;  ///< in rank order, without padding
  std::span<const double> worth;   ///< of each of them
  std::span<int64_t> places;  ///< [n], all -1: to be filled from the front with places in items
};

/// Lets a reranker choose each request's slate on its own, on the CPU and several threads.
///
///     return choose_each_list(candidates, worth, n, [&] {
///       return [&, scratch = std::vector<double>()](const ListToChoose& list) mutable { ... };
///     });
///
/// @param worth  float64 [B, K], on any device
/// @param make   gives what chooses. It is called once for some requests, on the thread that takes
///               them, so that what its result holds is scratch space for one thread
/// @return the candidates at the chosen places, as pick() gives them
template <typename Make>
CandidateBatch choose_each_list(const CandidateBatch& candidates, const at::Tensor& worth,
                                int64_t n, const Make& make) {
  const at::Tensor items = candidates.item.cpu().contiguous();
  const at::Tensor values = worth.cpu().contiguous();
  const int64_t width = candidates.width();
  at::Tensor places = at::full({candidates.size(), n}, -1, at::kLong);
  const int64_t* const item = items.const_data_ptr<int64_t>();
  const double* const value = values.const_data_ptr<double>();
  int64_t* const place = places.mutable_data_ptr<int64_t>();
  parallel_blocks(candidates.size(), kRequestsPerBlock, [&](int64_t first, int64_t last) {
    auto choose = make();
    for (int64_t row = first; row < last; ++row) {
      const int64_t* const begin = item + row * width;
      const auto count = static_cast<size_t>(std::find(begin, begin + width, -1) - begin);
      choose(ListToChoose{.row = row,
                          .items = {begin, count},
                          .worth = {value + row * width, count},
                          .places = {place + row * n, static_cast<size_t>(n)}});
    }
  });
  return pick(candidates, places.to(candidates.item.device()));
}

/// The same for what goes by the order of the candidates, whatever their scores.
template <typename Make>
CandidateBatch choose_each_list(const CandidateBatch& candidates, int64_t n, const Make& make) {
  return choose_each_list(candidates, candidates.score.to(at::kDouble), n, make);
}

}  // namespace assay::extra
