#include <ATen/ops/tensor.h>
#include <assay/extra/neural/bag_layer.h>

#include <utility>

namespace assay::extra {

BagLayer::BagLayer(at::Tensor table, const AdamSettings& settings)
    : table_(std::move(table)), adam_(table_, settings), touched_(table_.size(0)) {}

at::Tensor BagLayer::sums(const Bags& bags) {
  touched_.clear();
  bags_ = {};
  for (int64_t bag = 0; bag < bags.size(); ++bag) {
    for (int64_t at = bags.offsets[bag]; at < bags.offsets[bag + 1]; ++at)
      if (bags.weights[at] != 0) bags_.add(touched_.place(bags.rows[at]), bags.weights[at]);
    bags_.close();
  }
  sums_ = bags.sums(table_).requires_grad_();
  return sums_;
}

void BagLayer::step() {
  if (touched_.size() == 0) return;
  const std::vector<int64_t> rows(touched_.rows().begin(), touched_.rows().end());
  adam_.step(at::tensor(rows, at::kLong).to(table_.device()),
             bags_.transposed(touched_.size()).sums(sums_.grad()));
  sums_ = at::Tensor();
}

}  // namespace assay::extra
