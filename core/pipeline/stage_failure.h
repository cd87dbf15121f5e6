#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>

namespace assay {

/// A plugin's call went wrong: it threw, or what it returned breaks the contract. Fails the variants that contain the
/// stage, and nothing else.
class StageFailure : public std::exception {
 public:
  /// @param kind    "invalid_input" (the user can mend it), "exception", "memory", "contract", "refused", "stopped"
  /// @param reason  one sentence: what happened, for a breach expected and got
  StageFailure(std::string kind, std::string reason) : kind(std::move(kind)), reason(std::move(reason)) {}
  const char* what() const noexcept override { return reason.c_str(); }

  std::string kind;
  std::string reason;
  std::string place;    ///< "recall[0]"
  std::string plugin;
  std::string phase;    ///< "load", "fit", "recall", "rank", "rerank"
  int64_t batch = -1;   ///< -1: not while serving a batch
};

/// Runs a call into a plugin. Whatever leaves it becomes a StageFailure; StageFailure itself passes through.
void guard(const std::function<void()>& call);

}  // namespace assay
