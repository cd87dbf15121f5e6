#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "report/comparison.h"
#include "analysis/run_samples.h"

namespace assay::report {

// What a page shows, as JSON for its script. A number that is not known is null. Each function
// fills one part of the page; the script's names of the members are these.

/// Everything: the run, its sentences, and one object a data set.
nlohmann::json page_data(const Comparison& comparison, const Reader& reader);

/// Seven digits, more than a page shows; null where there is none or it is not finite.
nlohmann::json number(const std::optional<double>& value);

/// Answer: the board as cells, its best ones marked, and the differences of the metric.
nlohmann::json board_json(const Comparison& comparison, const std::string& dataset);
nlohmann::json forest_json(const Comparison& comparison, const std::string& dataset);
nlohmann::json exploratory_json(const Comparison& comparison, const std::string& dataset);

/// Evidence: means at every cutoff, the way of relevant items, slices, times, differences a
/// request.
nlohmann::json curves_json(const Comparison& comparison, const std::string& dataset);
nlohmann::json funnel_json(const Comparison& comparison, const Reader& reader,
                           const std::string& dataset);
nlohmann::json slices_json(const Comparison& comparison, const Reader& reader,
                           const std::string& dataset);
nlohmann::json latency_json(const Comparison& comparison, const RunSamples& samples,
                            const std::string& dataset);
nlohmann::json differences_json(const Comparison& comparison, const RunSamples& samples,
                                const std::string& dataset);

/// Provenance: variants with their stages and what fitting them took; data, audit and looks;
/// machines and builds; definitions.
nlohmann::json variants_json(const Comparison& comparison, const Reader& reader);
nlohmann::json data_json(const Comparison& comparison, const Reader& reader,
                         const std::string& dataset);
nlohmann::json environments_json(const Comparison& comparison);
nlohmann::json definitions_json(const Comparison& comparison);

/// A sample of requests: history, relevant items, and what each variant served.
nlohmann::json inspector_json(const Comparison& comparison, const RunSamples& samples,
                              const std::string& dataset);

}  // namespace assay::report
