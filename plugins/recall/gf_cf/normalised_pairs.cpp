#include "normalised_pairs.h"

#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "lanes.h"

namespace assay::gf_cf {
namespace {

constexpr int64_t kRowsAtOnce = 256;

// The square root of each row's sum.
std::vector<double> root_sums(const extra::WeightedSpans& rows) {
  std::vector<double> result;
  for (int64_t row = 0; row < rows.size(); ++row) {
    double sum = 0;
    for (size_t n = 0; n < rows[row].size(); ++n) sum += rows.weight(row, n);
    result.push_back(std::sqrt(sum));
  }
  return result;
}

std::vector<double> inverse(std::vector<double> values) {
  for (double& value : values) value = value > 0 ? 1 / value : 0;
  return values;
}

// to[row] = scale[row] * sum over the row's values v of x scale_of_values[v] from[v]
void multiply(const extra::WeightedSpans& rows, const std::vector<double>& scale,
              const std::vector<double>& scale_of_values, const Block& from, Block& to) {
  extra::parallel_blocks(rows.size(), kRowsAtOnce, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      double* const sum = to.row(row);
      std::fill_n(sum, kBlock, 0.0);
      const std::span<const int64_t> values = rows[row];
      for (size_t n = 0; n < values.size(); ++n) {
        const double factor = scale[row] * rows.weight(row, n) * scale_of_values[values[n]];
        add_scaled(factor, from.row(values[n]), sum, kBlock);
      }
    }
  });
}

}  // namespace

NormalisedPairs::NormalisedPairs(const Ragged& by_user, const Ragged& by_item,
                                 extra::PairWeights weights)
    : users_rows_(by_user.to(at::kCPU)),
      items_rows_(by_item.to(at::kCPU)),
      weights_(std::move(weights)),
      by_user_(users_rows_, weights_.by_user),
      by_item_(items_rows_, weights_.by_item),
      user_scale_(inverse(root_sums(by_user_))),
      item_root_(root_sums(by_item_)) {
  item_scale_ = inverse(item_root_);
}

void NormalisedPairs::apply(const Block& from, Block& to) const {
  Block reached(users());
  multiply(by_user_, user_scale_, item_scale_, from, reached);
  multiply(by_item_, item_scale_, user_scale_, reached, to);
}

double NormalisedPairs::between(int64_t item, int64_t other) const {
  const std::span<const int64_t> a = by_item_[item], b = by_item_[other];
  double sum = 0;
  for (size_t n = 0, m = 0; n < a.size() && m < b.size();) {
    if (a[n] < b[m]) {
      ++n;
    } else if (b[m] < a[n]) {
      ++m;
    } else {
      sum += by_item_.weight(item, n) * by_item_.weight(other, m) *
             (user_scale_[a[n]] * user_scale_[a[n]]);
      ++n, ++m;
    }
  }
  return sum * item_scale_[item] * item_scale_[other];
}

void NormalisedPairs::Sum::add(std::span<const int64_t> history, const extra::WeightedSpans& counts,
                               int64_t row, double* scores) {
  const NormalisedPairs& p = pairs_;
  for (size_t n = 0; n < history.size(); ++n) {
    const std::span<const int64_t> users = p.by_item_[history[n]];
    const double own = counts.weight(row, n) * p.item_scale_[history[n]];
    for (size_t m = 0; m < users.size(); ++m) {
      if (reached_[users[m]] == 0) users_.push_back(users[m]);
      reached_[users[m]] += own * p.by_item_.weight(history[n], m);
    }
  }
  for (const int64_t user : users_) {
    const double amount = reached_[user] * (p.user_scale_[user] * p.user_scale_[user]);
    const std::span<const int64_t> items = p.by_user_[user];
    for (size_t n = 0; n < items.size(); ++n)
      scores[items[n]] += amount * p.by_user_.weight(user, n);
    reached_[user] = 0;
  }
  users_.clear();
  for (int64_t item = 0; item < p.items(); ++item) scores[item] *= p.item_scale_[item];
}

void NormalisedPairs::save(Archive& archive) const {
  archive.put_ragged("by_user", users_rows_);
  archive.put_ragged("by_item", items_rows_);
  if (!weights_.by_user) return;
  archive.put("by_user.weight", *weights_.by_user);
  archive.put("by_item.weight", *weights_.by_item);
}

NormalisedPairs NormalisedPairs::load(const Archive& archive) {
  extra::PairWeights weights;
  if (archive.has("by_user.weight")) {
    weights = {.by_user = archive.tensor("by_user.weight").cpu(),
               .by_item = archive.tensor("by_item.weight").cpu()};
  }
  return {archive.ragged("by_user"), archive.ragged("by_item"), std::move(weights)};
}

}  // namespace assay::gf_cf
