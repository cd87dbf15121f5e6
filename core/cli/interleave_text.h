#pragma once

#include <string>
#include <vector>

#include "assignment/replayed_interleaving.h"

namespace assay::cli {

/// What is shown of an interleaving.
struct InterleaveReport {
  std::string path, dataset;
  std::vector<std::string> variants;
  assignment::ReplayOptions options;
  assignment::InterleavingResult result;
};

/// What was replayed, a sentence a pair, what each would have had alone, and how soon interleaving
/// and an A/B test find the difference of the first pair. Ends with a line end.
std::string interleave_text(const InterleaveReport& report);
/// The same, unrounded.
std::string interleave_json(const InterleaveReport& report);

}  // namespace assay::cli
