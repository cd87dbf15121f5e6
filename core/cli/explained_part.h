#pragma once

#include <cstdint>
#include <string>

#include "dataset/prepared.h"
#include "execution/plan.h"
#include "report/explained_request.h"
#include "report/item_names.h"
#include "results/reader.h"

namespace assay::cli {

/// What is made into a text.
struct PartToExplain {
  const results::Reader& part;  ///< what the worker left of the request
  const execution::Plan& plan;
  const execution::PlannedTrial& trial;
  const dataset::PreparedData& data;
  const report::ItemNames& names;
  int64_t request = 0;
  int64_t first = 10;  ///< items of each list
  int64_t item = -1;   ///< explained beside what is served; -1: none
};

/// Fills in the profile, the stages, why, and the lists without an item of the history.
void add_explanation(const PartToExplain& from, report::ExplainedRequest& to);

}  // namespace assay::cli
