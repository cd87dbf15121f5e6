#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay describe NAME`: a plugin with its parameters, or a metric with its definition. `--all
/// --format markdown` is docs/plugins.md.
void add_describe_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
