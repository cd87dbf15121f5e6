#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "task/experiment.h"

namespace assay::worker {

/// With which probability a policy shows each item first, for one request: listed items have a
/// probability of their own, and every item that may be served has `floor` besides. Nothing dense:
/// it is as long as the list.
struct Actions {
  std::vector<std::pair<int64_t, double>> listed;  ///< by item, ascending, each once
  double floor = 0;

  /// Of an item that may be served.
  double probability(int64_t item) const;
};

/// Softmax of scores / temperature over the items of a row, computed from the largest score on.
/// @param item, score  a row of candidates; item -1 is padding. Of an empty row nothing is listed.
Actions softmax_actions(std::span<const int64_t> item, std::span<const float> score,
                        double temperature);

/// The first item with 1 - epsilon, and any of the `servable` items with epsilon. Of an empty row
/// nothing is shown with 1 - epsilon.
Actions greedy_actions(std::span<const int64_t> item, double epsilon, int64_t servable);

/// As a strategy gave them.
Actions given_actions(std::span<const int64_t> item, std::span<const float> probability);

/// What breaks the contract in probabilities that a strategy returned: their shape, a value that is
/// none, or a sum a row that is further than 1e-3 from 1. Rows without an item are all 0. Else empty.
std::string action_breach(const at::Tensor& probability, const at::Tensor& item, int64_t requests);

/// Which items a request may be served: all of the catalogue or those that it allows, without those
/// that it excludes.
class Servable {
 public:
  /// @param allowed   ascending; nullptr: all `items`
  /// @param excluded  ascending
  Servable(const std::span<const int64_t>* allowed, std::span<const int64_t> excluded,
           int64_t items);

  bool holds(int64_t item) const;
  bool allows(int64_t item) const;
  int64_t count() const { return count_; }
  bool allows_all() const { return allows_all_; }
  std::span<const int64_t> excluded() const { return excluded_; }
  /// Each of the servable items, ascending.
  template <typename Take>
  void each(int64_t items, Take&& take) const {
    if (allows_all_) {
      for (int64_t item = 0; item < items; ++item)
        if (holds(item)) take(item);
    } else {
      for (const int64_t item : allowed_)
        if (holds(item)) take(item);
    }
  }
  /// Some allowed item, the same for the same number.
  int64_t allowed_at(uint64_t number, int64_t items) const {
    if (allows_all_) return static_cast<int64_t>(number % static_cast<uint64_t>(items));
    return allowed_[number % allowed_.size()];
  }
  /// The sum over the servable items of a value each, of which `all` is the sum over the catalogue.
  template <typename Value>
  double sum(double all, Value&& value) const {
    double out = all;
    if (!allows_all_) {
      out = 0;
      for (const int64_t item : allowed_) out += value(item);
    }
    for (const int64_t item : excluded_)
      if (allows(item)) out -= value(item);
    return out;
  }

 private:
  bool allows_all_;
  std::span<const int64_t> allowed_, excluded_;
  int64_t count_;
};

}  // namespace assay::worker
