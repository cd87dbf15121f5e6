#pragma once

/// What strategies warn of in their fit: notes with the key `warning`. A verdict about a strategy
/// that says it learnt nothing is a verdict about something else.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "results/reader.h"

namespace assay::report {

struct Comparison;

/// One text of one stage, and the variants whose stage said it.
struct StrategyWarning {
  std::vector<std::string> variants;  ///< in the order of the file
  std::string dataset;
  std::string place;   ///< "rank[0]"
  std::string plugin;  ///< "logistic_regression"
  std::string text;
  int64_t trials = 0, of = 0;  ///< that say it, of all of these variants on the data set
};

std::vector<StrategyWarning> strategy_warnings(const results::Reader& reader, int64_t run_id);

/// "lr warns (logistic_regression, rank[0]): all labels are equal: the input order is kept."
std::vector<std::string> warning_sentences(const Comparison& comparison);

/// [{"variants", "dataset", "place", "plugin", "text", "trials", "of"}].
nlohmann::ordered_json warnings_json(const Comparison& comparison);

}  // namespace assay::report
