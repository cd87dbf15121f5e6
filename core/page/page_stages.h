#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "page/interner.h"
#include "results/explained_rows.h"
#include "results/reader.h"

namespace assay::page {

/// What all requests of a data set share on the page.
struct InspectorTables {
  ItemTable items;
  Interner<std::vector<int>> lists;  ///< of items, by their number in `items`
  Interner<std::string> inputs;      ///< names of features that explanations speak of
  /// What speaks for items: [kind, number in `items` or, of a feature, in `inputs`].
  Interner<std::vector<int>> reasons;
};

/// What a trial kept of its sampled requests: the list of every stage, and why what was served was
/// scored so.
class StageTraces {
 public:
  StageTraces(const results::Reader& reader, const std::string& trial_key);

  /// One object a stage; empty where the request is not one of the sampled.
  nlohmann::json stages(int64_t request, InspectorTables& tables) const;
  /// One object a strategy that explains; its terms are, for each served item that it explains,
  /// [number in `reasons`, weight, the next number, its weight, ...].
  nlohmann::json why(int64_t request, InspectorTables& tables) const;
  /// Lists without an item of the history: [{item, list}], both by number.
  nlohmann::json without(int64_t request, InspectorTables& tables) const;
  /// Places of the recall stages that do not know the request: ["recall[0]"].
  nlohmann::json unknown(int64_t request) const;

 private:
  nlohmann::json why_of(const results::Explanations& said, size_t row,
                        InspectorTables& tables) const;
  int reason_of(const results::Explanations& said, size_t term, InspectorTables& tables) const;

  std::vector<results::StageLists> lists_;
  std::vector<results::Explanations> explanations_;
  std::map<std::string, std::vector<std::string>> inputs_;  // by place
  results::ListsWithout without_;
  std::vector<results::UnknownRequests> unknown_;
};

/// So many digits of a number that is only looked at.
double shortened(double value, int digits);

}  // namespace assay::page
