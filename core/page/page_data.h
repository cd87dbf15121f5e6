#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "analysis/run_samples.h"
#include "report/comparison.h"

namespace assay::page {

// What a page shows, as JSON for its script. A number that is not known is null. Each function
// fills one part of the page; the script's names of the members are these.

/// Everything: the run, its sentences, and one object a data set.
nlohmann::json page_data(const report::Comparison& comparison, const results::Reader& reader);

/// Seven digits, more than a page shows; null where there is none or it is not finite.
nlohmann::json number(const std::optional<double>& value);

/// Answer: the board as cells, its best ones marked, and the differences of the metric.
nlohmann::json board_json(const report::Comparison& comparison, const std::string& dataset);
nlohmann::json forest_json(const report::Comparison& comparison, const std::string& dataset);
nlohmann::json exploratory_json(const report::Comparison& comparison, const std::string& dataset);

/// Evidence: means at every cutoff, the way of relevant items, slices, times, differences a
/// request.
nlohmann::json curves_json(const report::Comparison& comparison, const std::string& dataset);
nlohmann::json funnel_json(const report::Comparison& comparison, const results::Reader& reader,
                           const std::string& dataset);
nlohmann::json slices_json(const report::Comparison& comparison, const results::Reader& reader,
                           const std::string& dataset);
nlohmann::json latency_json(const report::Comparison& comparison,
                            const analysis::RunSamples& samples, const std::string& dataset);
nlohmann::json differences_json(const report::Comparison& comparison,
                                const analysis::RunSamples& samples, const std::string& dataset);

/// How models were trained: curves of the fits, values on the validation window, what was chosen.
nlohmann::json training_json(const report::Comparison& comparison, const results::Reader& reader,
                             const std::string& dataset);

/// Which stage earned a difference, of a run that is an attribution; else null.
nlohmann::json attribution_json(const results::Reader& reader, int64_t run_id,
                                const std::string& dataset);

/// How tuned variants were tuned: a row a trial with the best so far, in the order of the trials.
nlohmann::json tuning_json(const report::Comparison& comparison, const results::Reader& reader,
                           const std::string& dataset);

/// Provenance: variants with their stages and what fitting them took; data, audit and looks;
/// machines and builds; definitions.
nlohmann::json variants_json(const report::Comparison& comparison, const results::Reader& reader);
nlohmann::json data_json(const report::Comparison& comparison, const results::Reader& reader,
                         const std::string& dataset);
nlohmann::json environments_json(const report::Comparison& comparison);
nlohmann::json definitions_json(const report::Comparison& comparison);

/// A sample of requests: history, relevant items, and what each variant served.
nlohmann::json inspector_json(const report::Comparison& comparison,
                              const analysis::RunSamples& samples, const std::string& dataset);

}  // namespace assay::page
