#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay attribute DB --from control --to candidate`: which stage earned the difference.
void add_attribute_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
