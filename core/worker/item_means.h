#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataset/impressions.h"

namespace assay::worker {

/// Which of some folds a logged request is in: dealt out by its user, or by itself where it is
/// nobody's.
int fold_of(int32_t user, int64_t request, int folds);

/// A reward model of logged rows: the mean reward of an item, whoever asked. It is cross-fitted
/// (Chernozhukov et al. 2018, "Double/debiased machine learning"): requests are dealt into 5 folds by
/// their user, or each by itself where it is nobody's, and what is said of a request comes from the
/// rows of the other folds. One row with the mean of all of them counts with each item, so that an
/// item that they never show has that mean. Where all rows are in one fold nothing is known: NaN.
class ItemMeans {
 public:
  static constexpr int kFolds = 5;

  /// @param requests  places in the table: the rows of these are learnt from
  /// The reward of a row is its first label; rows without one, or without an item, are left out.
  ItemMeans(const dataset::Impressions& table, std::span<const int64_t> requests, int64_t items);

  /// Which fold a request (a place in the table) is in.
  int fold(int64_t request) const;
  /// Of a request of that fold.
  double mean(int fold, int64_t item) const {
    return mean_[static_cast<size_t>(fold) * items_ + static_cast<size_t>(item)];
  }
  /// Over all items.
  double sum(int fold) const { return sum_[static_cast<size_t>(fold)]; }
  /// Whether any of the rows shows it.
  bool is_shown(int64_t item) const { return shown_[static_cast<size_t>(item)] != 0; }
  int64_t never_shown() const { return never_shown_; }

 private:
  std::span<const int32_t> user_;
  size_t items_;
  std::vector<float> mean_;  // [folds, items]
  std::vector<double> sum_;
  std::vector<uint8_t> shown_;
  int64_t never_shown_ = 0;
};

}  // namespace assay::worker
