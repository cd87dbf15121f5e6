#pragma once

/// What a file or folder is, guessed from its name and first rows: format, columns, unit of times,
/// each with a reason. A guess is shown, never taken in silence.

#include <string>
#include <vector>

#include "task/experiment.h"

namespace assay::ingest {

struct GuessedPart {
  std::string what;   ///< "format", "user", "time"
  std::string found;  ///< "csv", "column uid"
  std::string why;
};

struct SourceGuess {
  /// path, format, delimiter, header, columns, time; columns lacks the roles that nothing fits.
  task::DatasetSpec dataset;
  std::vector<GuessedPart> parts;
  std::vector<std::string> doubts;   ///< what else it may be, and what to write then
  std::vector<std::string> notes;    ///< what must be known of the file
  std::vector<std::string> columns;  ///< of the file; empty where the format fixes them
};

/// Throws UserError where it is in no format that is guessed.
/// @param given  path; format where it is known; columns that are known by their role
SourceGuess guess_source(const task::DatasetSpec& given);

}  // namespace assay::ingest
