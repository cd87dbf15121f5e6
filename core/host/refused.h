#pragma once

#include <string>
#include <utility>

#include "error/error.h"
#include "task/probe_result.h"

namespace assay::host {

/// A shared library that is not, or not for this assay, a plugin. Its text is "path: message".
class PluginRefused : public error::UserError {
 public:
  PluginRefused(const std::string& path, task::ProbeCode code, std::string message)
      : error::UserError(path, message), code_(code), message_(std::move(message)) {}

  task::ProbeCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  task::ProbeCode code_;
  std::string message_;
};

}  // namespace assay::host
