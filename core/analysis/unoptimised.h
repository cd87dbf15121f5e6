#pragma once

#include <map>
#include <string>

#include "results/reader.h"

namespace assay::analysis {

/// Variants of a run that call a plugin built without optimisation, each with what to say of it:
/// "my_als is a Debug build". Their times are those of the build and not of the strategy, so they
/// are shown and not judged.
std::map<std::string, std::string> unoptimised_variants(const results::Reader& reader,
                                                        int64_t run_id);

/// "is a Debug build"; of a library that does not say how it was built: "is built without
/// optimisation".
std::string build_text(const results::PluginStateRow& plugin);

}  // namespace assay::analysis
