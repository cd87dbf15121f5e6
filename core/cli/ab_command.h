#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay ab LOG`: the result of an A/B test, from a table with a row a unit.
void add_ab_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
