#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay run FILE`: everything that an experiment still needs, then the comparison.
void add_run_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
