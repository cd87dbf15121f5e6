#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay data list | get NAME | describe NAME|PATH`: data sets that experiments may name, and what
/// a log looks like.
void add_data_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
