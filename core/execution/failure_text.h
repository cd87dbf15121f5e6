#pragma once

#include <string>

#include "task/reply.h"

namespace assay::execution {

/// What went wrong, and where, in one sentence without a full stop:
/// "two_tower (recall[0]), in recall, batch 3: crashed (SIGSEGV)". Further lines of the reason, a
/// stack, stand two blanks deeper than they were.
std::string failure_text(const task::TaskFailure& failure);

}  // namespace assay::execution
