#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "worker/policy_actions.h"

namespace assay::worker {

/// The reward model of `mrdr` (Farajtabar, Chow and Ghavamzadeh, ICML 2018, "More robust doubly robust
/// off-policy evaluation"): the mean reward of an item, each logged row with the weight
/// pi(a|x) (1 - mu(a|x)) / mu(a|x)^2 of its part in the variance of `dr`. It depends on the policy, so
/// that it is made of what one policy does with the rows of a stretch of requests, all in memory.
///
/// It is cross-fitted in the folds that requests are in: what is said of a row comes from the other
/// folds. The mean of all of them counts with each item like one row of mean weight.
class MrdrMeans {
 public:
  explicit MrdrMeans(int64_t items) : items_(static_cast<size_t>(items)) {}

  /// @param fold  0 to ItemMeans::kFolds - 1
  void begin_request(const Actions& actions, const Servable& servable, int fold);
  /// A logged row of that request.
  /// @param probability  of its item under the policy
  void add_row(int64_t item, float reward, float propensity, double probability);

  /// Of the rows, in the order in which they came: the reward of the row's item, and the mean of the
  /// rewards over what the policy shows in its request.
  struct Columns {
    std::vector<float> predicted, expected;
  };
  Columns columns() const;

 private:
  struct Request {
    int fold;
    double floor;
    bool allows_all;        // then what follows are the items that may not be shown
    size_t listed, others;  // ends of its stretches
  };
  struct Row {
    size_t request;
    int64_t item;
    double reward, weight;
  };
  struct Means {
    std::vector<double> of;  // [items]
    double sum;
  };
  Means means_without(int fold) const;
  double expected(size_t request, const Means& means) const;

  size_t items_;
  std::vector<Request> requests_;
  std::vector<Row> rows_;
  std::vector<std::pair<int32_t, float>> listed_;
  std::vector<int32_t> others_;
};

}  // namespace assay::worker
