#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay check my_idea.so`: tests every strategy of a library against the plugin contract, on a
/// tiny built-in data set. `assay-worker --check` does the work and replaces this process.
void add_check_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
