#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay diff RUN RUN`: in what two runs differ.
void add_diff_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
