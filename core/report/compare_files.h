#pragma once

#include <string>
#include <vector>

#include "report/comparison_text.h"
#include "report/run_name.h"

namespace assay::report {

/// Compares the variants of several runs, of one file or of many, as if one run had made them: on
/// the same requests, pair by pair, from the values a request that the files keep. The baseline is
/// the first run's; alpha, margin and primary metric too. A variant whose name another run has too
/// is called `<file>:<name>`; one with the very same trials is taken once. Guardrails belong to the
/// runs they were written for and are not tested here; times come from one timing pass.
///
/// Throws UserError where the runs cannot be compared, and says in what they differ; else as
/// comparison_text.
std::string compared_files_text(const std::vector<report::RunName>& names,
                                const CompareOptions& options);

/// The runs one after the other, under what they differ in, if anything. JSON is one object with
/// `differences` and `files`. Throws UserError for CSV, which has no place for two tables.
std::string side_by_side_text(const std::vector<report::RunName>& names,
                              const CompareOptions& options);

}  // namespace assay::report
