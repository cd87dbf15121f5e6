#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay doctor`: is everything there that a run needs?
void add_doctor_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
