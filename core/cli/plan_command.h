#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay plan FILE`: what a run would compute, what it would reuse, and how long that should take.
void add_plan_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
