#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// What coordinate descent must know of x_j - X w: two ways to keep it, with the same interface.
namespace assay::slim {

using extra::WeightedSpans;

/// The matrix that columns are predicted from.
struct Pairs {
  Pairs(const TrainingView& data, const extra::PairWeights& pairs)
      : by_user(data.by_user, pairs.by_user), by_item(data.by_item, pairs.by_item) {
    for (int64_t item = 0; item < by_item.size(); ++item) {
      double square = 0;
      for (size_t n = 0; n < by_item[item].size(); ++n) {
        const double x = by_item.weight(item, n);
        square += x * x;
      }
      squares.push_back(square);
    }
  }
  WeightedSpans by_user, by_item;
  std::vector<double> squares;  // [N], G_ii
};

/// x_j - X w by user.
class UserResiduals {
 public:
  explicit UserResiduals(const Pairs& pairs)
      : pairs_(pairs), left_(static_cast<size_t>(pairs.by_user.size()), 0) {}
  void begin(int32_t column, std::span<const int32_t>) { add(column, -1); }
  /// x_item . residual
  double product(int32_t item, size_t) const {
    const std::span<const int64_t> users = pairs_.by_item[item];
    double sum = 0;
    for (size_t n = 0; n < users.size(); ++n)
      sum += left_[users[n]] * pairs_.by_item.weight(item, n);
    return sum;
  }
  /// The weight of the item grows by `change`.
  void add(int32_t item, double change) {
    const std::span<const int64_t> users = pairs_.by_item[item];
    for (size_t n = 0; n < users.size(); ++n)
      left_[users[n]] -= change * pairs_.by_item.weight(item, n);
  }
  /// Forgets what the item left behind.
  void clear(int32_t item) {
    for (const int64_t user : pairs_.by_item[item]) left_[user] = 0;
  }

 private:
  const Pairs& pairs_;
  std::vector<double> left_;  // [U], all 0 between columns
};

/// X'(x_j - X w) of the candidates.
class GramResiduals {
 public:
  explicit GramResiduals(const at::Tensor& gram)
      : items_(gram.size(0)), gram_(gram.const_data_ptr<double>()) {}
  void begin(int32_t column, std::span<const int32_t> candidates) {
    candidates_ = candidates;
    products_.assign(candidates.size(), 0);
    add(column, -1);
  }
  double product(int32_t, size_t place) const { return products_[place]; }
  void add(int32_t item, double change) {
    const double* const row = gram_ + item * items_;
    for (size_t n = 0; n < candidates_.size(); ++n) products_[n] -= change * row[candidates_[n]];
  }
  void clear(int32_t) {}

 private:
  int64_t items_;
  const double* gram_;  // [N, N]
  std::span<const int32_t> candidates_;
  std::vector<double> products_;
};

}  // namespace assay::slim
