#include "task/reply.h"

#include "task/json_members.h"

namespace assay {

ASSAY_JSON(TaskFailure, trials, node, place, plugin, phase, batch, kind, reason)
ASSAY_JSON(TaskReply, task, failures, seconds)

}  // namespace assay
