#pragma once

#include <string>
#include <utility>

#include "error/error.h"
#include "task/outcomes.h"

namespace assay::host {

/// What left a plugin's code.
struct Fault {
  /// invalid_input, memory or exception.
  task::FailureKind kind;
  /// The exception's text, without C++ backtraces.
  std::string what;
};

/// The exception in flight; to be called inside a catch clause.
Fault current_fault();

/// A call into a plugin threw. Its text is "<call> threw: <what>", or the words of InvalidInput
/// alone.
class PluginFault : public error::Error {
 public:
  PluginFault(const std::string& call, Fault fault);
  const Fault& fault() const { return fault_; }

 private:
  Fault fault_;
};

/// Runs a call into a plugin; whatever leaves it becomes a PluginFault. Our own errors (Error) pass
/// through.
/// @param call  what is called, for the text: "fit", "recall"
template <typename Body>
auto guarded(const std::string& call, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const error::Error&) {
    throw;
  } catch (...) {
    throw PluginFault(call, current_fault());
  }
}

}  // namespace assay::host
