#pragma once

#include <string>

#include "execution/run.h"
#include "task/task.h"

namespace assay::execution {

/// A task with nothing to do yet: on these prepared data, with the numbers and limits of the
/// experiment. Its part is to lie in the run's work folder, by its id.
task::Task new_task(const std::string& id, const std::string& label, const std::string& data_path,
                    const task::Experiment& experiment, const RunSettings& settings);

}  // namespace assay::execution
