#pragma once

#include <string>
#include <utility>

#include "error/error.h"
#include "task/verdict.h"

namespace assay::host {

/// A shared library that is not, or not for this assay, a plugin. Its text is "path: message".
class PluginRefused : public error::UserError {
 public:
  PluginRefused(const std::string& path, task::VerdictCode code, std::string message)
      : error::UserError(path, message), code_(code), message_(std::move(message)) {}

  task::VerdictCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  task::VerdictCode code_;
  std::string message_;
};

}  // namespace assay::host
