#pragma once

/// What the harness found when it checked itself, for every report.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "report/comparison.h"
#include "results/reader.h"

namespace assay::report {

/// "self-check of the harness holds: 41 metrics, each on up to 512 requests", "self-check of the
/// harness failed for 2 of 41 metrics" or, where there is none, the command that makes it.
std::string self_check_line(const Comparison& comparison, const results::Reader& reader);

/// "THE HARNESS FAILED ITS SELF-CHECK for mrr@10 on ml100k (ideal): ...", a sentence a check that
/// fails; empty where all hold.
std::vector<std::string> self_check_failures(const Comparison& comparison,
                                             const results::Reader& reader);

/// {"holds": null where there is none, "metrics", "requests", "command": what makes it, else null,
/// "failures": [{"dataset", "metric", "cutoff", "check", "found", "expected", "detail"}]}.
nlohmann::ordered_json self_check_json(const Comparison& comparison, const results::Reader& reader);

}  // namespace assay::report
