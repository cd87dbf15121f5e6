#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay export DB --to FORMAT`: a run for other tools.
void add_export_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
