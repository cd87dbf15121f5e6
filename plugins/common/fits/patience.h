#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The parameters of early stopping.

#include <assay/params.h>

namespace assay::extra {

/// Declares patience and validate_every, members of the same names, of a strategy whose weights are
/// kept.
template <typename P>
void describe_patience(ParamList<P>& p) {
  p.add("patience", &P::patience,
        "Stops once so many validations in a row have not improved on the best one, whose weights "
        "are kept. 0 learns for all epochs and needs no validation window.")
      .unit("validations")
      .range(0, 10000);
  p.add("validate_every", &P::validate_every, "With patience: epochs between validations.")
      .unit("epochs")
      .range(1, 10000);
}

}  // namespace assay::extra
