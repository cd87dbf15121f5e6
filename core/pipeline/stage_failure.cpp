#include "pipeline/stage_failure.h"

#include "error/error.h"
#include "host/guard.h"

namespace assay {

void throw_stage_failure(const StageCall& call) {
  const auto named = [&](StageFailure failure) {
    failure.phase = call.phase;
    failure.place = call.place;
    failure.plugin = call.plugin;
    failure.batch = call.batch;
    return failure;
  };
  try {
    throw;
  } catch (const StageFailure& failure) {
    throw named(failure);
  } catch (const Error&) {
    throw;
  } catch (...) {
    const Fault fault = current_fault();
    throw named({fault.kind, fault.kind == "invalid_input" ? fault.what : "threw: " + fault.what});
  }
}

}  // namespace assay
