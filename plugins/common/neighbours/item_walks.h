#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Random walks from an item over a user to an item, with popular items penalised.

#include <assay/batch.h>
#include <assay/extra/neighbours/item_weights.h>
#include <assay/extra/neighbours/rounding.h>
#include <assay/params.h>

#include <cstdint>

namespace assay::extra {

struct WalkSettings {
  double alpha = 1;          ///< power of both transition probabilities
  double beta = 0;           ///< power of the popularity of the target, by which it is divided
  int64_t neighbours = 100;  ///< largest weights that are kept of each source; 0: all
  bool normalise = false;    ///< the kept weights of each source are divided by their sum
  Repeats repeats = Repeats::once;
};

/// The second and third step of walks from user to item to user to item (Cooper et al. 2014; Paudel
/// et al. 2017, equation 7, as Ferrari Dacrema et al. 2021 compute them):
///
///     W_ij = sum over u of (x_ui / x_i)^alpha (x_uj / x_u)^alpha / |U_j|^beta, W_ii = 0
///
/// where x_ui is what a pair counts (pair_weights.h), x_i and x_u are its sums over an item and over
/// a user, and |U_j| is how many users were positive about j. The first step, from the user to the
/// items of the history, has the same probability for all of them and is left out.
ItemWeights item_walks(const TrainingView& data, const WalkSettings& settings,
                       const Rounding& round);

}  // namespace assay::extra
