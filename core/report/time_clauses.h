#pragma once

#include <string>
#include <vector>

#include "report/sentences.h"

namespace assay::report {

/// What is joined of one data set.
struct DatasetClause {
  std::string dataset;
  std::string word;    ///< "slower", "more diverse"
  std::string detail;  ///< what stands in parentheses; may be empty
};

/// "slower (p99 ...)"; with several data sets "slower on beauty (p99 ...), not slower on ml100k".
/// Where all say the same and have no detail, once.
std::string joined_clauses(const std::vector<DatasetClause>& dataset_clauses, bool name_datasets);

/// What a sentence says of a variant's times, each with the load under which they were measured: its
/// guardrails, and which other load contradicts them; without guardrails what differs clearly; and
/// whether it could not keep up.
std::vector<Clause> time_clauses(const Comparison& comparison, const std::string& variant);

}  // namespace assay::report
