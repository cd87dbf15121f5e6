#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "results/database.h"

namespace assay::results {

/// A run of a file, as a part of a joined one.
struct JoinedRun {
  std::string path;
  int64_t run_id = 0;
  /// Variants to take, by their name there, and what they are called in the joined run.
  std::map<std::string, std::string> variants;
  /// Data sets to take, likewise.
  std::map<std::string, std::string> datasets;
};

/// SQLite attaches no more files than this to one connection.
inline constexpr size_t kMostJoinedRuns = 10;

/// Several runs as the one run (run_id 1) of a database that is in memory only and goes with the
/// object: variants, trials, failures and provenance are copied, the values of the trials stay
/// where they are and are read through. The baseline is that of the first run. Nothing is analysed
/// yet; a trial that several files hold counts once, a done one before one that is not.
///
/// Throws UserError as Database::open_readonly for each file, or where there are more than
/// kMostJoinedRuns.
Database join_runs(std::span<const JoinedRun> runs, const RunRow& row);

}  // namespace assay::results
