#include "ope/block.h"

#include <algorithm>

#include "error/error.h"

namespace assay::ope {

namespace {

template <typename Number>
using Member = std::span<const Number> Columns<Number>::*;

template <typename Number>
constexpr std::array<Member<Number>, 11> kMembers = {
    &Columns<Number>::reward,          &Columns<Number>::propensity,
    &Columns<Number>::policy,          &Columns<Number>::q,
    &Columns<Number>::value,           &Columns<Number>::mrdr_q,
    &Columns<Number>::mrdr_value,      &Columns<Number>::marginal_weight,
    &Columns<Number>::balanced_weight, &Columns<Number>::policy_total,
    &Columns<Number>::outside_support,
};

template <typename Number>
uint32_t bits_of(const Columns<Number>& columns) {
  uint32_t bits = columns.cluster.empty() ? 0 : 1;
  for (const auto member : kMembers<Number>) bits = bits << 1 | ((columns.*member).empty() ? 0 : 1);
  return bits;
}

template <typename Number>
void require_equal_lengths(const Columns<Number>& columns) {
  const size_t n = columns.reward.size();
  for (const auto member : kMembers<Number>) {
    const size_t length = (columns.*member).size();
    error::require(length == 0 || length == n,
                   "the columns of logged rounds are as long as reward");
  }
  error::require(columns.cluster.empty() || columns.cluster.size() == n,
                 "every logged round has a cluster");
}

}  // namespace

template <typename Number>
Present present(const Columns<Number>& columns) {
  return {!columns.reward.empty(),          !columns.propensity.empty(),
          !columns.policy.empty(),          !columns.q.empty(),
          !columns.value.empty(),           !columns.mrdr_q.empty(),
          !columns.mrdr_value.empty(),      !columns.marginal_weight.empty(),
          !columns.balanced_weight.empty(), !columns.policy_total.empty(),
          !columns.outside_support.empty(), !columns.cluster.empty()};
}

template <typename Number>
Columns<Number> part_of(const Columns<Number>& columns, int64_t first, int64_t n) {
  const auto from = static_cast<size_t>(first);
  const auto count = static_cast<size_t>(n);
  Columns<Number> part;
  for (const auto member : kMembers<Number>) {
    if (!(columns.*member).empty()) part.*member = (columns.*member).subspan(from, count);
  }
  if (!columns.cluster.empty()) part.cluster = columns.cluster.subspan(from, count);
  part.first_row = columns.first_row + first;
  return part;
}

template <typename Number>
void BlockCutter<Number>::add(const Columns<Number>& columns) {
  require_equal_lengths(columns);
  if (columns.size() == 0) return;
  error::require(!begun_ || columns_ == bits_of(columns),
                 "every stretch of a log has the same columns");
  begun_ = true;
  columns_ = bits_of(columns);
  int64_t at = 0;
  if (kept_rounds_ > 0) {
    at = std::min(columns.size(), kBlockRounds - kept_rounds_);
    keep(part_of(columns, 0, at));
    if (kept_rounds_ == kBlockRounds) finish();
  }
  for (; at + kBlockRounds <= columns.size(); at += kBlockRounds) {
    body_(part_of(columns, at, kBlockRounds));
  }
  if (at < columns.size()) keep(part_of(columns, at, columns.size() - at));
}

template <typename Number>
void BlockCutter<Number>::finish() {
  if (kept_rounds_ == 0) return;
  body_(waiting());
  kept_rounds_ = 0;
}

template <typename Number>
void BlockCutter<Number>::keep(const Columns<Number>& columns) {
  if (kept_rounds_ == 0) {
    kept_row_ = columns.first_row;
    kept_.assign(kMembers<Number>.size(), {});
    kept_cluster_.clear();
  }
  for (size_t i = 0; i < kept_.size(); ++i) {
    const auto& column = columns.*kMembers<Number>[i];
    kept_[i].insert(kept_[i].end(), column.begin(), column.end());
  }
  kept_cluster_.insert(kept_cluster_.end(), columns.cluster.begin(), columns.cluster.end());
  kept_rounds_ += columns.size();
}

template <typename Number>
Columns<Number> BlockCutter<Number>::waiting() const {
  Columns<Number> columns;
  for (size_t i = 0; i < kept_.size(); ++i) columns.*kMembers<Number>[i] = kept_[i];
  columns.cluster = kept_cluster_;
  columns.first_row = kept_row_;
  return columns;
}

template Present present(const Columns<float>&);
template Present present(const Columns<double>&);
template Columns<float> part_of(const Columns<float>&, int64_t, int64_t);
template Columns<double> part_of(const Columns<double>&, int64_t, int64_t);
template class BlockCutter<float>;
template class BlockCutter<double>;

}  // namespace assay::ope
