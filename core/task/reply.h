#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "task/outcomes.h"

namespace assay::task {

/// A stage that failed while a task ran.
struct TaskFailure {
  std::vector<std::string> trials;  ///< keys of the trials that contain it; empty for a fit
  int64_t node =
      -1;  ///< index in the task's nodes; -1 for the target of a fit, or where none is to blame
  std::string place;  ///< "recall[0]"
  std::string plugin;
  std::string phase;  ///< "load", "fit", "recall", "rank", "rerank"
  int64_t batch = -1;
  FailureKind kind = FailureKind::exception;
  std::string reason;
};

/// The one line that a worker writes when a task is done: its part is whole, whatever failed in it.
struct TaskReply {
  std::string task;
  std::vector<TaskFailure> failures;
  double seconds = 0;
};

void to_json(nlohmann::json& out, const TaskFailure& value);
void from_json(const nlohmann::json& in, TaskFailure& value);
void to_json(nlohmann::json& out, const TaskReply& value);
void from_json(const nlohmann::json& in, TaskReply& value);

}  // namespace assay::task
