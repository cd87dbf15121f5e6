#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/reader.h"

namespace assay::report {

/// How often the test window of a data set was looked at, as far as the file knows. Windows of the
/// same outside files count where they have a moment in common, whatever was filtered or split.
struct TestLooks {
  std::vector<std::string> here;       ///< when, by runs of this file, oldest first
  std::vector<std::string> elsewhere;  ///< by runs of other files, as the machine's log knew them
  int64_t variants = 0;                ///< different chains of stages, with their settings, in all

  /// "test split evaluated twice in this file and 3 times in others (21 to 22 November 2026), with 9
  /// different variants"; empty where nothing is known.
  std::string text() const;
};

TestLooks test_looks(const results::Reader& reader, int64_t run_id, const std::string& dataset);

}  // namespace assay::report
