#include <ATen/ops/full_like.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/similarity/candidate_terms.h>

#include <algorithm>

namespace assay::extra {

CandidateTerms::CandidateTerms(const CandidateBatch& candidates)
    : items_(candidates.item.cpu().contiguous()),
      device_(candidates.item.device()),
      base_(static_cast<size_t>(items_.numel()), 0.F) {}

void CandidateTerms::each_list(const at::Tensor& worth,
                               const std::function<void(const List&)>& body) const {
  const at::Tensor values = worth.cpu().contiguous();
  const int64_t width = items_.size(1);
  for (int64_t row = 0; row < items_.size(0); ++row) {
    const int64_t* const begin = items_.const_data_ptr<int64_t>() + row * width;
    const auto count = static_cast<size_t>(std::find(begin, begin + width, -1) - begin);
    body({.first = row * width,
          .items = {begin, count},
          .worth = {values.const_data_ptr<double>() + row * width, count}});
  }
}

void CandidateTerms::add(const List& list, int64_t place, int64_t other, double weight) {
  if (weight == 0) return;
  row_.push_back(list.first + place);
  other_.push_back(list.items[other]);
  weight_.push_back(static_cast<float>(weight));
}

Explanation CandidateTerms::explanation() const {
  Explanation explanation;
  explanation.row = at::tensor(row_, at::kLong).to(device_);
  explanation.kind =
      at::full_like(explanation.row, static_cast<int64_t>(Explanation::Kind::candidate));
  explanation.id = at::tensor(other_, at::kLong).to(device_);
  explanation.weight = at::tensor(weight_, at::kFloat).to(device_);
  explanation.base = at::tensor(base_, at::kFloat).view_as(items_).to(device_);
  return explanation;
}

}  // namespace assay::extra
