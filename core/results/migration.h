#pragma once

#include <span>
#include <string>

namespace assay::results {

/// One step of the schema. Step i of the list (counted from 1) makes version i; a file remembers
/// its version in `PRAGMA user_version`. A step that was ever released is never edited: later work
/// appends its own.
struct Migration {
  std::string what;  ///< for messages: "adds tuning_step"
  std::string sql;   ///< statements; run in one transaction, checked for broken foreign keys before
                     ///< it commits
};

/// All steps to the schema of this build. The views are no part of it: they are written anew after
/// the last step.
std::span<const Migration> migrations();

}  // namespace assay::results
