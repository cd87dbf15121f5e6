#pragma once

#include <string_view>

namespace assay::metric_catalog {

/// Whether the harness checks itself on a metric: one value a request, of the served list alone.
bool is_self_checked(std::string_view definition);

}  // namespace assay::metric_catalog
