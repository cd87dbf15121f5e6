#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay check my_idea.so`: holds every strategy of a library against its contract, on a tiny data
/// set that is built in. The work is that of `assay-worker --check`, which takes this process's
/// place.
void add_check_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
