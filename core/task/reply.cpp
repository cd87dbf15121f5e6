#include "task/reply.h"

#include "task/json_members.h"

namespace assay::task {

ASSAY_JSON(TaskFailure, trials, node, place, plugin, phase, batch, kind, reason)
ASSAY_JSON(TaskReply, task, failures, seconds)

}  // namespace assay::task
