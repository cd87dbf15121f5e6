#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay verify DB`: runs a run again, and says whether the same comes out.
void add_verify_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
