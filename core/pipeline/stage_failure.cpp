#include "pipeline/stage_failure.h"

#include "error/error.h"
#include "host/guard.h"

namespace assay::pipeline {
namespace {

// Authors begin with the plugin's name and end with a full stop, and whoever tells a failure names
// the plugin and goes on.
std::string bare(std::string words, const std::string& plugin) {
  if (words.starts_with(plugin + ": ")) words.erase(0, plugin.size() + 2);
  if (words.ends_with('.') && !words.ends_with("..")) words.pop_back();
  return words;
}

}  // namespace

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
  } catch (const error::Error&) {
    throw;
  } catch (...) {
    const host::Fault fault = host::current_fault();
    throw named({fault.kind, fault.kind == task::FailureKind::invalid_input
                                 ? bare(fault.what, call.plugin)
                                 : "threw: " + fault.what});
  }
}

}  // namespace assay::pipeline
