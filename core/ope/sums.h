#pragma once

#include "ope/block.h"
#include "ope/estimate.h"
#include "ope/slot.h"

namespace assay::ope {

/// Sums over rounds of v = value, u = w (reward - q) and w, and of their products: all that value
/// and standard error of any estimator are made of. v is 0 without a model.
struct Sums {
  double v = 0, u = 0, w = 0;
  double vv = 0, uu = 0, ww = 0, vu = 0, vw = 0, uw = 0;
  double largest = 0;

  void add(const Sums& other);
};

/// Those of one block, in a fixed order: four partial sums, then their sum.
Sums sums_of(const Slot& slot, const Block& block, const BlockColumn& weights);

WeightSummary summary_of(const Sums& sums, int64_t rounds);

/// An estimate as a function of means: offset + mean(a v + b u + g w) + [mean u / mean w].
struct Form {
  double offset = 0.0;
  bool averages = true;  ///< has the mean
  double v = 0.0, u = 0.0, w = 0.0;
  bool ratio = false;  ///< has the ratio
};

/// @param centre  what rewards and models are less by in the sums
Form form_of(Estimator estimator, double centre);

/// What the form is worth, and how rounds make it up: value + the mean of
/// v (v_i - mean v) + u (u_i - mean u) + w (w_i - mean w), to the first order.
struct Linearised {
  double value = 0.0;
  double v = 0.0, u = 0.0, w = 0.0;
  double plain_v = 0.0, plain_u = 0.0, plain_w = 0.0;  ///< with the mean weight taken as known
};

/// A ratio over no weight is an InternalError.
Linearised linearised(const Form& form, const Sums& sums, int64_t rounds, double centre);

/// sqrt of the variance of the mean of v v_i + u u_i + w w_i, divisor n - 1; n is at least 2.
double error_of_mean(const Sums& sums, int64_t rounds, double v, double u, double w);

}  // namespace assay::ope
