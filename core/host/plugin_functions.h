#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "task/plugin_functions.h"

namespace assay::host {

/// How long one function of a plugin's parameters may take, its library loaded.
inline constexpr std::chrono::milliseconds kFunctionLimit{10'000};

/// Asks each plugin; one answer a question, in their order. The functions run in a child process:
/// where one crashes, exits or does not return, that is the answer's problem, and another child
/// goes on with the next question. See process::run_in_fork for what that asks of the caller.
std::vector<task::FunctionAnswer> ask_functions(
    const std::vector<task::FunctionQuestion>& questions,
    std::chrono::milliseconds limit = kFunctionLimit);

/// `assay-worker --functions [--limit-ms N]`: reads the questions as a JSON array on stdin, prints
/// the answers as one on stdout. `args` are those after --functions. Returns the exit code.
int functions_main(std::span<const std::string> args);

}  // namespace assay::host
