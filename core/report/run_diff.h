#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/comparison_text.h"
#include "report/run_name.h"

namespace assay::report {

/// One thing in which two runs differ; what a run does not have is absent.
struct RunDifference {
  /// `configuration`, `effective parameters`, `environment`, `plugins`, `data`
  std::string section;
  std::string what;  ///< "control.recall[0].neighbours"
  std::optional<std::string> left, right;
};

/// All of them, section by section, by name within one.
/// - configuration: the resolved experiment file
/// - effective parameters: of every stage, defaults included
/// - environment: assay's version and commit, builds, machines, LibTorch, threads
/// - plugins: which stands at a place, its version, the bytes of its library
/// - data: sources, hashes, counts, windows
std::vector<RunDifference> run_differences(const report::OpenRun& left,
                                           const report::OpenRun& right);

/// The same as text (every section, also one without differences) or JSON.
/// Throws UserError for another format.
std::string run_diff_text(const report::RunName& left, const report::RunName& right,
                          TextFormat format);

}  // namespace assay::report
