#pragma once

#include <cstdint>
#include <string>

namespace assay::results {

/// What was copied.
struct Backup {
  int64_t bytes = 0;
  int64_t runs = 0;
  int64_t trials = 0;  ///< that are done
};

/// Copies the results file `from` to `to` as it stands at one moment, while others may write to it
/// (SQLite's online backup), reads the copy whole (integrity, foreign keys), and only then gives it
/// its name: `to` is never half a copy. A copy that is verified has the schema of the original.
/// Throws UserError where `from` is not a sound results file or `to` cannot be written.
/// @param replace  `to` may be there already
Backup copy_verified(const std::string& from, const std::string& to, bool replace);

}  // namespace assay::results
