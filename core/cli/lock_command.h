#pragma once

#include <CLI/CLI.hpp>

#include "cli/workspace.h"

namespace assay::cli {

/// Adds `lock` to the commands.
void add_lock_command(CLI::App& app);

/// Adds `--locked` to a command that loads experiments.
void add_locked_flag(CLI::App& command, bool& locked);

/// What `--locked` asks for: every plugin, library and model of the experiment is as plugins.lock
/// beside its file says. Throws UserError: there is none, it is damaged, or a file differs or is not
/// in it.
void check_locked(const Workspace& workspace, const task::Experiment& experiment);

}  // namespace assay::cli
