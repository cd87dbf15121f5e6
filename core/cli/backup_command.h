#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay backup DB FILE` and `assay restore FILE DB`: a verified copy of a results file.
void add_backup_commands(CLI::App& app);

}  // namespace assay::cli
