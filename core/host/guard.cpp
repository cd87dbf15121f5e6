#include "host/guard.h"

#include <assay/error.h>
#include <c10/util/Exception.h>

#include <new>

namespace assay::host {

namespace {

/// LibTorch reports memory that it cannot get as a c10::Error like any other.
Fault torch_fault(const c10::Error& error) {
  std::string text = error.what_without_backtrace();
  const bool memory = text.find("can't allocate memory") != std::string::npos ||
                      text.find("out of memory") != std::string::npos;
  return {memory ? task::FailureKind::memory : task::FailureKind::exception, std::move(text)};
}

std::string fault_text(const std::string& call, const Fault& fault) {
  return fault.kind == task::FailureKind::invalid_input ? fault.what
                                                        : call + " threw: " + fault.what;
}

}  // namespace

Fault current_fault() {
  try {
    throw;
  } catch (const InvalidInput& error) {
    return {task::FailureKind::invalid_input, error.what()};
  } catch (const std::bad_alloc&) {
    return {task::FailureKind::memory, "out of memory (std::bad_alloc)"};
  } catch (const c10::Error& error) {
    return torch_fault(error);
  } catch (const std::exception& error) {
    return {task::FailureKind::exception, error.what()};
  } catch (...) {
    return {task::FailureKind::exception, "something that is no std::exception"};
  }
}

PluginFault::PluginFault(const std::string& call, Fault fault)
    : error::Error(fault_text(call, fault)), fault_(std::move(fault)) {}

}  // namespace assay::host
