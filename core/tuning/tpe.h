#pragma once

#include <span>

#include "tuning/search.h"

namespace assay::tuning {

/// The values of trial `number` by the tree-structured Parzen estimator, each parameter on its own
/// (Bergstra, Bardenet, Bengio and Kégl 2011, "Algorithms for hyper-parameter optimization",
/// section 4, with the estimators of hyperopt and Optuna). The first 8 trials are drawn at random.
/// Then the trials so far are split into the best tenth (at least 1, at most 25) and the others; of
/// 24 values drawn from the density of the best, the one is taken whose density is largest against
/// that of the others. A failed trial counts among the others, and so does one of the same round,
/// of which nothing is known yet (the constant liar of Ginsbourger, Le Riche and Carraro, 2010).
///
/// A density is a mixture of normal distributions cut to the range, one at each trial's value and
/// one, the prior, as wide as the range in its middle, all of weight 1 (of more than 25 trials the
/// oldest weigh less, down to 1/n); each is as wide as the larger distance to its neighbours, within
/// (range / min(100, kernels + 1), range). Choices have smoothed frequencies, in which each
/// trial speaks for the other choices with 1 / (n + 1).
Values tpe_values(uint64_t seed, const Space& space, std::span<const Outcome> so_far,
                  int64_t number);

}  // namespace assay::tuning
