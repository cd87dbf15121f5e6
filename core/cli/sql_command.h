#pragma once

#include <CLI/CLI.hpp>

namespace assay::cli {

/// `assay sql DB "query"`: one reading SQL statement; docs/results-database.md has the tables.
void add_sql_command(CLI::App& app, int& exit_code);

}  // namespace assay::cli
