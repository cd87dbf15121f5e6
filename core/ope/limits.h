#pragma once

#include "ope/estimate.h"
#include "ope/estimators.h"

namespace assay::ope {

/// Which of the limits hold for an estimate.
struct Judged {
  bool by_own_weights = true;  ///< effective size and largest share
  bool by_overlap = true;      ///< mean of the unchanged weights, share outside support
};

/// Sets valid, or reason where a limit is passed. An estimate without value keeps its reason.
void judge(PolicyEstimate& estimate, const Overlap& overlap, const Limits& limits,
           const Judged& judged = {});

}  // namespace assay::ope
