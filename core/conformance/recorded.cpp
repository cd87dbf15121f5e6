#include "conformance/recorded.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>

#include "task/build_info.h"

namespace assay::conformance {

namespace {

std::string utc_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

/// Details may go on over many lines (a stack); the first says what was found.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string first_failure(const StrategyReport& report) {
  for (const CheckResult& check : report.checks) {
    if (check.finding.result == Finding::Result::failed)
      return fmt::format("{}: {}", check.name, first_line(check.finding.detail));
  }
  return "";
}

}  // namespace

task::ContractCheck contract_check(const StrategyReport& report, const std::string& data) {
  task::ContractCheck check;
  check.plugin = report.info.name;
  check.kind = task::name_of(report.info.kind);
  check.held = report.count(Finding::Result::held);
  check.checks = check.held + report.count(Finding::Result::failed);
  check.first_failure = first_failure(report);
  check.data = data;
  check.checked = utc_now();
  check.assay_version = task::build_info().version;
  return check;
}

}  // namespace assay::conformance
