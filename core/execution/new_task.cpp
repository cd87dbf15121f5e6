#include "execution/new_task.h"

#include <fmt/format.h>

namespace assay::execution {

task::Task new_task(const std::string& id, const std::string& label, const std::string& data_path,
                    const task::Experiment& experiment, const RunSettings& settings) {
  task::Task task;
  task.id = id;
  task.label = label;
  task.data_path = data_path;
  task.part_path = fmt::format("{}/{}.part.sqlite", settings.work_folder, id);
  task.numeric = experiment.numeric;
  task.limits = experiment.limits;
  return task;
}

}  // namespace assay::execution
