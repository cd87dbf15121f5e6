#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/run_samples.h"
#include "report/run_name.h"

namespace assay::cli {

/// Variants of a finished run that answered the same requests of one data set.
struct ComparedVariants {
  std::vector<std::string> names;
  std::string dataset;
  std::vector<const analysis::TrialGroup*> groups;  ///< of each, in RunSamples
};

/// "a,b" in its names, where a comma within brackets belongs to a name: `mmr[lambda=0.5,k=100]`.
std::vector<std::string> variant_names(const std::string& text);

/// Throws UserError naming `option`: fewer than two names, one twice, one that the run lacks (with
/// near names), a data set that it lacks or that has to be named, trials that are missing or failed,
/// variants that did not answer the same requests.
/// @param dataset  "" where the run has one alone
ComparedVariants compared_variants(const report::OpenRun& run, const analysis::RunSamples& samples,
                                   const std::vector<std::string>& names,
                                   const std::string& dataset, const std::string& option);

/// Who asked in each request of all sets, one behind the other: numbers from 0 that tell users of
/// different sets apart by their outside ids, -1 where nobody is known.
std::vector<int64_t> users_of(const results::Reader& reader, const analysis::TrialGroup& group,
                              std::vector<std::string>* outside = nullptr);

}  // namespace assay::cli
