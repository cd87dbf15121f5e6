#pragma once

#include "task/export_request.h"
#include "worker/session.h"

namespace assay::worker {

/// Writes what is asked for to the request's file. Throws StageFailure where a strategy fails, and
/// UserError where a model is no longer in the cache or a chain cannot be asked about all users.
void export_of(const task::ExportRequest& request, Session& session);

}  // namespace assay::worker
