#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay gate DB --candidate V`: may a variant take the place of its baseline?
void add_gate_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
