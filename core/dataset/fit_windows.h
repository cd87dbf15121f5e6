#pragma once

/// Whether the windows of a prepared data set hold what is learnt from and what is asked for; says
/// why not, and what to do.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/events.h"
#include "task/experiment.h"

namespace assay::dataset {

/// Throws UserError where `window` holds nothing to learn from: no event (for recall), or no
/// request (for stages that learn from candidates, `needs_requests`). `key` names who wants it:
/// "fit_on.rank", "variants.a.rank[0]".
/// @param info  PreparedData::info()
void check_fit_window(const nlohmann::json& info, const task::SplitSpec& split, task::Window window,
                      const std::string& key, bool needs_requests, const std::string& where = "");

/// Throws UserError if none of the events of `windows` is positive: there is nothing to learn from
/// them.
void check_positives(const nlohmann::json& info, const task::DatasetSpec& dataset,
                     const std::vector<task::Window>& windows, const std::string& key);

/// Throws UserError: there is no request in the test window of `events`, because of the split or of
/// evaluate_on.
[[noreturn]] void no_test_request(const Events& events, const task::DatasetSpec& dataset);

}  // namespace assay::dataset
