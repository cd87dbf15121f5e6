#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>

namespace assay::extra {

void HistoryTerms::add(int64_t row, int64_t past, double weight) {
  row_.push_back(row);
  past_.push_back(past);
  weight_.push_back(static_cast<float>(weight));
}

Explanation HistoryTerms::explanation(const CandidateBatch& candidates) const {
  const at::Device device = candidates.item.device();
  Explanation explanation;
  explanation.row = at::tensor(row_, at::kLong).to(device);
  explanation.kind = at::zeros_like(explanation.row);  // Explanation::Kind::history
  explanation.id = at::tensor(past_, at::kLong).to(device);
  explanation.weight = at::tensor(weight_, at::kFloat).to(device);
  explanation.base = at::zeros_like(candidates.score);
  return explanation;
}

Explanation explain_by_history(const RequestBatch& requests, const CandidateBatch& candidates,
                               const std::function<double(int64_t, int64_t)>& weight) {
  const at::Tensor items = candidates.item.cpu().contiguous();
  const int64_t* const item = items.const_data_ptr<int64_t>();
  const WeightedSpans history(requests.history, requests.history.weight);
  HistoryTerms terms;
  for (int64_t row = 0; row < items.numel(); ++row) {
    if (item[row] < 0) continue;
    const int64_t request = row / candidates.width();
    const std::span<const int64_t> past = history[request];
    for (size_t n = 0; n < past.size(); ++n) {
      const double value = weight(past[n], item[row]) * history.weight(request, n);
      if (value != 0) terms.add(row, past[n], value);
    }
  }
  return terms.explanation(candidates);
}

}  // namespace assay::extra
