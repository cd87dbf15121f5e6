#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "task/outcomes.h"

namespace assay::pipeline {

/// A plugin's call went wrong: it threw, or what it returned breaks the contract. Fails the
/// variants that contain the stage, and nothing else.
class StageFailure : public std::exception {
 public:
  /// @param what_kind  any but crash and timeout, after which there is nobody to throw
  /// @param why        one sentence: what happened; for a breach of the contract, expected and got
  StageFailure(task::FailureKind what_kind, std::string why)
      : kind(what_kind), reason(std::move(why)) {}
  const char* what() const noexcept override { return reason.c_str(); }

  task::FailureKind kind;
  std::string reason;
  std::string place;  ///< "recall[0]"
  std::string plugin;
  std::string phase;   ///< "load", "fit", "update", "recall", "rank", "rerank"
  int64_t batch = -1;  ///< -1: not while serving a batch
};

/// Where a call into a plugin stands, for its breadcrumb and its failure. Refers to its owner's
/// strings.
struct StageCall {
  const char* phase;
  const std::string& place;
  const std::string& plugin;
  int64_t node = -1;  ///< index in the task's nodes, -1 for the target of a fit
  int64_t batch = -1;
};

/// Inside a catch clause: throws the exception in flight on as a StageFailure that names the call.
/// Our own errors and the user's (Error) pass through as they are.
[[noreturn]] void throw_stage_failure(const StageCall& call);

}  // namespace assay::pipeline
