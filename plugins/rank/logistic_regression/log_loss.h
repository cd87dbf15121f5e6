#pragma once

#include <ATen/core/Tensor.h>
#include <assay/extra/features/feature_columns.h>

#include <cstdint>
#include <utility>

namespace assay::logistic_regression {

/// The parts of a linear model's weights, in this order after the intercept: columns of the
/// candidate in its request, of the request, of the user, of the item, and of the features that the
/// candidate came with.
struct LinearLayout {
  int64_t candidate = 0;
  int64_t request = 0;
  int64_t user = 0;
  int64_t item = 0;
  int64_t given = 0;

  int64_t size() const { return 1 + candidate + request + user + item + given; }
};

/// Views into float64 [layout.size()].
struct LinearWeights {
  LinearWeights(const at::Tensor& all, const LinearLayout& layout);
  at::Tensor intercept;  ///< [1]
  at::Tensor candidate, request, user, item, given;
};

/// Labelled candidates as a design matrix in five parts. What belongs to a request, a user or an
/// item alone is kept, and multiplied, once for each of them and not once for each candidate.
struct LinearExamples {
  LinearLayout layout;
  at::Tensor inputs;   ///< float64 [R, layout.candidate]
  at::Tensor request;  ///< int64 [R], row of `requests`
  at::Tensor user;     ///< int64 [R], row of `users`
  at::Tensor item;     ///< int64 [R], row of `items`
  extra::SparseColumns requests;
  extra::SparseColumns users;
  extra::SparseColumns items;
  extra::SparseColumns given;  ///< R rows; not looked at where the layout has none of them
  at::Tensor label;            ///< float64 [R], 0 or 1
  at::Tensor weight;           ///< float64 [R], not negative

  int64_t size() const { return label.size(0); }
};

/// The weighted mean log loss of a logistic model, plus l2 / (2 total weight) |weights|² without
/// the intercept; convex.
class LogLoss {
 public:
  /// `examples` must outlive this object and have a positive total weight.
  LogLoss(const LinearExamples& examples, double l2);

  /// Value and gradient at `weights`, float64 [layout.size()].
  std::pair<double, at::Tensor> operator()(const at::Tensor& weights) const;

 private:
  at::Tensor logits(const LinearWeights& weights) const;
  at::Tensor gradient(const at::Tensor& residual) const;

  const LinearExamples& examples_;
  at::Tensor weight_;  // sums to 1
  double l2_;
};

}  // namespace assay::logistic_regression
