#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "results/reader.h"

namespace assay::analysis {

/// A variant that serves ranked lists which were made elsewhere.
struct ImportedLists {
  std::vector<std::string> lists;  ///< their names in the file
  /// Nothing else makes its lists: what was timed is the look-up of a list that was there already.
  bool alone = false;

  /// "its list theirs was made elsewhere".
  std::string text() const;
};

/// Those variants of a run, by name.
std::map<std::string, ImportedLists> imported_lists(const results::Reader& reader, int64_t run_id);

}  // namespace assay::analysis
