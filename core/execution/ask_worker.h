#pragma once

#include <string>
#include <vector>

#include "error/error.h"

namespace assay::execution {

/// What a user is told where assay-worker is not there, or is no program.
error::UserError worker_cannot_be_run(const std::string& program);

/// What assay-worker writes on standard output in one of its modes that answer a question.
/// @param words  the program and its arguments
/// @param input  what it reads on standard input
/// Throws UserError where it cannot be run, or does not end well.
std::string answer_of_worker(std::vector<std::string> words, const std::string& input = "");

}  // namespace assay::execution
