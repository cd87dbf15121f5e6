#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "conformance/subject.h"

namespace assay::conformance {

/// What a check found.
struct Finding {
  enum class Result {
    held,
    failed,
    not_applicable,  ///< the strategy does not do what the check is about
    not_run,         ///< an essential check failed before
  };
  Result result = Result::held;
  std::string detail;  ///< failed: found and expected, in one line; not_applicable: why

  static Finding held() { return {}; }
  static Finding failed(std::string detail) { return {Result::failed, std::move(detail)}; }
  static Finding not_applicable(std::string detail) {
    return {Result::not_applicable, std::move(detail)};
  }
  /// Failed where there is a problem.
  static Finding of(const std::optional<std::string>& problem) {
    return problem ? failed(*problem) : held();
  }
};

/// One sentence of the contract. What leaves the plugin's code while it runs fails it.
struct Check {
  std::string name;
  std::vector<PluginKind> kinds;
  Finding (*run)(const Subject&);
  bool essential = false;  ///< if it fails, the other checks are not run
};

inline const std::vector<PluginKind> kAllStrategies{PluginKind::recall, PluginKind::rank,
                                                    PluginKind::rerank};

/// The parts of the table, in the order in which they run.
std::vector<Check>
declaration_checks();                 ///< settings, instance, fit, first batch: the essential ones
std::vector<Check> list_checks();     ///< every rule of a batch
std::vector<Check> request_checks();  ///< odd batches and odd requests
std::vector<Check> state_checks();    ///< repeats, archives, inputs that stay as they are
std::vector<Check> trait_checks();    ///< each trait is declared correctly
std::vector<Check> extra_checks();    ///< what a strategy may offer: explain, vectors, update, ...
std::vector<Check> memory_checks();   ///< what it declares that it needs
std::vector<Check> metric_checks();

/// All checks for strategies of a kind, in order.
std::vector<Check> checks_for(PluginKind kind);

}  // namespace assay::conformance
