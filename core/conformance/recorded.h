#pragma once

#include <string>

#include "conformance/suite.h"
#include "task/contract_check.h"

namespace assay::conformance {

/// What is kept of a report.
/// @param data  what the strategy was tried on, for people
task::ContractCheck contract_check(const StrategyReport& report, const std::string& data);

}  // namespace assay::conformance
