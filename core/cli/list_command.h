#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay list [plugins|metrics|datasets]`: what an experiment file may name.
void add_list_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
