#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay explain DB`: one request of one variant: who asked, what every stage made of it and why,
/// and what the list would be without an item of the history.
void add_explain_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
