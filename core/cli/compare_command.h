#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay compare DB`: what a run found, verdicts first.
void add_compare_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
