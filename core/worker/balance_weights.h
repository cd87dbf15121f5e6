#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "worker/policy_actions.h"

namespace assay::worker {

/// Weights of `balanced_ips` (Sondhi, Arbour and Dimmery, AISTATS 2020, "Balanced off-policy evaluation
/// in general action spaces"): the odds P(policy | x, a) / P(log | x, a) of a classifier that tells the
/// pairs of a request and an item which the policy shows from those of the log. No propensities.
///
/// The classifier is a logistic regression, with a coefficient an item and one for each power of two
/// of the probability that the policy gives to the item, against that of a uniform draw; each is
/// shrunk like one further row. It is fitted to the rows of a stretch of requests, all in memory, and
/// cross-fitted: what is said of a row comes from the other folds.
class BalanceWeights {
 public:
  explicit BalanceWeights(int64_t items) : items_(items) {}

  /// A logged row, and some items that the policy shows in its place, drawn by `place` and the row.
  /// @param place        of the request in the table
  /// @param probability  of the row's item under the policy
  void add_row(const Actions& actions, const Servable& servable, int64_t place, int fold,
               int64_t item, double probability);

  /// Of the rows, in the order in which they came: at least 0, on average about 1.
  std::vector<float> weights() const;

 private:
  static constexpr int kPowers = 8;  // of two, either way
  struct Pair {
    int32_t item;
    int8_t power;  // from 0; -1: the policy never shows it
    int8_t fold;
  };
  struct Classifier {
    double constant = 0;
    std::array<double, 2 * kPowers + 1> of_power{};
    std::vector<double> of_item;

    double log_odds(const Pair& pair) const;
  };
  Pair pair_of(const Servable& servable, int fold, int64_t item, double probability) const;
  Classifier fit_without(int fold) const;
  template <typename Place>
  void improve(Classifier& classifier, int fold, double ridge, std::vector<double>& scratch,
               double* coefficients, size_t count, const Place& place) const;

  int64_t items_;
  std::vector<Pair> logged_, drawn_;
};

}  // namespace assay::worker
