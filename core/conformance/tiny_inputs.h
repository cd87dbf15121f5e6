#pragma once

#include <assay/context.h>

#include "conformance/tiny_world.h"
#include "task/plugin_info.h"

namespace assay::conformance {

/// Fitted strategies of our own for the inputs that a plugin declares: popularity with a little
/// taste, as recall, rank or rerank, each with vectors.
Inputs tiny_inputs(const ParamSchema& schema, const TinyWorld& world);

}  // namespace assay::conformance
