#include "task/plugin_functions.h"

#include "task/json_members.h"
#include "task/plugin_info.h"

namespace assay::task {

ASSAY_JSON(LearningSizes, users, items, events, positives, squared_lengths)
ASSAY_JSON(MemoryNeed, fit, serve)
ASSAY_JSON(FunctionAnswer, validates, needs_time, memory, problem)
ASSAY_JSON(FunctionQuestion, library, library_sha256, plugin, kind, params, file_sha256, sizes)

}  // namespace assay::task
