#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay report DB`: one HTML page about a run.
void add_report_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
