#include <ATen/Dispatch.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/co_occurrence.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/threads/parallel.h>

#include <vector>

namespace assay::extra {
namespace {

constexpr int64_t kItemsAtOnce = 64;

// Counts the co-occurrences of one item after the other; all zero in between. `Spans` are the rows
// with what each pair counts.
template <typename Spans>
class Counter {
 public:
  Counter(const Spans& by_user, const Spans& by_item)
      : by_user_(by_user), by_item_(by_item), count_(by_item.size()) {
    if (by_user.has_weights()) weighted_.resize(by_item.size());
  }

  CoOccurrenceRow row(int64_t item) {
    others_.clear();
    for (const int64_t user : by_item_[item]) {
      for (const int64_t other : by_user_[user]) {
        if (count_[other]++ == 0) others_.push_back(static_cast<int32_t>(other));
      }
    }
    if (!by_user_.has_weights()) return {item, others_, count_.data()};
    weigh(item);
    return {item, others_, count_.data(), weighted_.data()};
  }

  void clear() {
    for (const int32_t other : others_) count_[other] = 0;
    if (!by_user_.has_weights()) return;
    for (const int32_t other : others_) weighted_[other] = 0;
  }

 private:
  void weigh(int64_t item) {
    const std::span<const int64_t> users = by_item_[item];
    for (size_t n = 0; n < users.size(); ++n) {
      const double own = by_item_.weight(item, n);
      const std::span<const int64_t> others = by_user_[users[n]];
      for (size_t m = 0; m < others.size(); ++m)
        weighted_[others[m]] += own * by_user_.weight(users[n], m);
    }
  }

  const Spans& by_user_;
  const Spans& by_item_;
  std::vector<int32_t> count_;
  std::vector<int32_t> others_;
  std::vector<double> weighted_;  // empty without weights
};

template <typename Spans>
void for_each_row(const Spans& by_user, const Spans& by_item,
                  const std::function<void(const CoOccurrenceRow&)>& body) {
  parallel_blocks(by_item.size(), kItemsAtOnce, [&](int64_t first, int64_t last) {
    Counter<Spans> counter(by_user, by_item);
    for (int64_t item = first; item < last; ++item) {
      body(counter.row(item));
      counter.clear();
    }
  });
}

}  // namespace

void for_each_co_occurrence(const TrainingView& data, const PairWeights& weights,
                            const std::function<void(const CoOccurrenceRow&)>& body) {
  for_each_row(WeightedSpans(data.by_user, weights.by_user),
               WeightedSpans(data.by_item, weights.by_item), body);
}

void for_each_co_occurrence(const TrainingView& data, const PairValues& values,
                            const std::function<void(const CoOccurrenceRow&)>& body) {
  for_each_row(ValuedSpans(data.by_user, values.by_user), ValuedSpans(data.by_item, values.by_item),
               body);
}

at::Tensor co_occurrence_matrix(const TrainingView& data, const PairWeights& weights,
                                at::ScalarType dtype) {
  at::Tensor matrix = at::zeros({data.items, data.items}, dtype);
  AT_DISPATCH_FLOATING_TYPES(dtype, "co_occurrence_matrix", [&] {
    scalar_t* const values = matrix.mutable_data_ptr<scalar_t>();
    for_each_co_occurrence(data, weights, [&](const CoOccurrenceRow& row) {
      scalar_t* const target = values + row.item * data.items;
      for (const int32_t other : row.others) target[other] = static_cast<scalar_t>(row.of(other));
    });
  });
  return matrix;
}

}  // namespace assay::extra
