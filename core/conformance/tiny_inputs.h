#pragma once

#include <assay/context.h>

#include "conformance/tiny_world.h"
#include "task/plugin_info.h"

namespace assay::conformance {

/// Fitted strategies of our own for the inputs that a plugin declares: popularity with a little
/// taste, as recall, rank or rerank, each with vectors.
Inputs tiny_inputs(const ParamSchema& schema, const TinyWorld& world);

/// Settings in which each empty parameter that names a feature (ParamEntry::feature_of) names the
/// first one that fits: where several do, a plugin may refuse to choose.
ParamMap with_named_features(ParamMap params, const ParamSchema& schema, const Features& features);

}  // namespace assay::conformance
