#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/trial_rows.h"

namespace assay::analysis {

/// "ndcg@10" in its parts. The cutoff is absent where there is no "@", or none that is a number.
struct MetricName {
  std::string name;  ///< bare name or full definition id
  std::optional<int> cutoff;
};

MetricName parse_metric_name(std::string_view text);

/// "ndcg@10"; "ndcg" for the whole list (cutoff 0).
std::string metric_text(const std::string& name, int cutoff);

/// The metric that goes by this name: its short name, its full definition id, or as an experiment
/// file spells it, with its choices and without the library of a plugin
/// (`genre_calibration{feature=class}`). nullptr: none.
const results::MetricRow* find_metric(std::span<const results::MetricRow> metrics,
                                      std::string_view name);

}  // namespace assay::analysis
