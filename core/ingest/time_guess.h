#pragma once

/// How the times of a column are written, by its values.

#include <optional>
#include <string>
#include <vector>

#include "ingest/source_sample.h"
#include "task/experiment.h"

namespace assay::ingest {

struct TimeGuess {
  task::TimeFormat written = {};  ///< as columns.time says it; empty where the default reads it
  std::string why;
  std::vector<std::string> doubts = {};  ///< what else it may be
  bool days = false;                     ///< they are no finer than days
  bool certain = true;                   ///< false: only a name says that this is a time
};

/// None where the values are no times. Counts of anything but a recent time are times only where
/// the column's name says so.
/// @param named  whether its name is one of a time
std::optional<TimeGuess> guess_time(const SampleColumn& column, bool named);

}  // namespace assay::ingest
