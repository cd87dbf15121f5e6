#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay validate FILE`: every problem of an experiment file, before anything is read or run.
void add_validate_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
