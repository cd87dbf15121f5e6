#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/status_file.h"
#include "results/reader.h"

namespace assay::cli {

/// `assay status DB`: what the runs of a file are doing, from another terminal.
void add_status_command(CLI::App& app);

/// The last run of a file and every run that goes on, each with its failures and, where its process
/// has told it, what it does now.
/// @param at_work  runs_at_work of the same file
std::string status_text(const results::Reader& reader, const std::string& path,
                        const std::vector<RunAtWork>& at_work);

}  // namespace assay::cli
