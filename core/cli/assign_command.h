#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay assign SPEC < units`: the arm of each unit in each experiment, unit by unit.
void add_assign_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
