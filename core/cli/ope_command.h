#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay ope LOG`: what a policy would have earned, from a table with a row a logged action.
void add_ope_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
