#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay rescore DB --metrics ...`: metrics of the served lists that a run did not compute.
void add_rescore_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
