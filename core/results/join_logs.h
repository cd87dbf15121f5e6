#pragma once

/// Inside core/results only: what a joined run has of its files' changed logs and self-checks.

#include <map>
#include <string>
#include <utility>

#include "results/connection.h"

namespace assay::results {

/// An attached file.
struct JoinedFrom {
  std::string schema;
  size_t place;    ///< among the files
  int64_t run_id;  ///< of its run that is joined
};

/// What a variant learns from in the place of the log, and what is attacked in it; all variants and
/// trials were copied. A twin is named as the joined run shows it: where another file has its trials,
/// by the name that it has there.
/// @param variant   its name in the file and in the joined run
/// @param datasets  the same of data sets
void copy_changed_log(const Connection& into, const JoinedFrom& from, int64_t run_id,
                      const std::pair<std::string, std::string>& variant,
                      const std::map<std::string, std::string>& datasets);

/// One that fails in any file fails in the joined run.
/// @param dataset  its name in the file
void copy_self_checks(const Connection& into, const JoinedFrom& from, int64_t run_id,
                      const std::string& dataset);

}  // namespace assay::results
