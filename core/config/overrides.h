#pragma once

#include <string>
#include <vector>

#include "config/node.h"
#include "config/problems.h"
#include "config/variants.h"

namespace assay::config {

/// Applies `--set path=value` to the tree; `null` takes a key away. What is below a variant that the
/// file has, or a member of its grids, is returned instead: it goes over what the variant extends and
/// sets. Problems: no "=", no path, a path into nothing, a variant that is not there.
std::vector<VariantOverride> apply_overrides(const std::vector<std::string>& overrides,
                                             const std::string& folder, Node& root,
                                             Sources& sources, Problems& problems);

}  // namespace assay::config
