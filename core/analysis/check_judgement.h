#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/reader.h"

namespace assay::analysis {

/// What came of making the summaries, comparisons, verdicts and policy values of a run again from
/// what it stores.
struct JudgementCheck {
  int rules = 1;            ///< by which the run was judged
  bool recomputed = false;  ///< this build has those rules
  /// Another timing pass of the same trials came into the file later, so that times may be those of
  /// either: they are left out.
  bool without_times = false;
  bool has_policies = false;  ///< policy values are among the rows
  int64_t rows = 0;           ///< that were compared
  /// "comparison of ease with control on ndcg@10, ml100k: difference is 0.05, recomputed 0.0068".
  std::vector<std::string> differences;

  bool good() const { return recomputed && differences.empty(); }
};

/// Numbers may differ by a billionth of themselves, for the sake of another machine's logarithm.
JudgementCheck check_judgement(const results::Reader& reader, int64_t run_id);

}  // namespace assay::analysis
