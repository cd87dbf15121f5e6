#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "page/item_book.h"
#include "results/reader.h"

namespace assay::page {

/// What all requests of a data set share on the page.
struct InspectorBooks {
  ItemBook items;
  Book<std::vector<int>> lists;  ///< of items, by their number in `items`
  Book<std::string> inputs;      ///< names of features that explanations speak of
  /// What speaks for items: [kind, number in `items` or, of a feature, in `inputs`].
  Book<std::vector<int>> grounds;
};

/// What a trial kept of its sampled requests: the list of every stage, and why what was served was
/// scored so.
class StageWays {
 public:
  StageWays(const results::Reader& reader, const std::string& trial_key);

  /// One object a stage; empty where the request is not one of the sampled.
  nlohmann::json stages(std::int64_t request, InspectorBooks& books) const;
  /// One object a strategy that explains; its terms are, for each served item that it explains,
  /// [number in `grounds`, weight, the next number, its weight, ...].
  nlohmann::json why(std::int64_t request, InspectorBooks& books) const;

 private:
  nlohmann::json why_of(const results::Explanations& said, std::size_t row,
                        InspectorBooks& books) const;
  int ground_of(const results::Explanations& said, std::size_t term, InspectorBooks& books) const;

  std::vector<results::StageLists> lists_;
  std::vector<results::Explanations> explanations_;
  std::map<std::string, std::vector<std::string>> inputs_;  // by place
};

/// So many digits of a number that is only looked at.
double shortened(double value, int digits);

}  // namespace assay::page
