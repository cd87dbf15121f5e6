#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay interleave`.
void add_interleave_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
