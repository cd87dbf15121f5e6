#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "conformance/suite.h"

namespace assay::conformance {

/// What `assay check` prints: who it is, its parameters, how many sentences of the contract hold,
/// and each that does not.
std::string report_text(const StrategyReport& report);
/// The same, with every check and its result: held, failed, not_applicable or not_run.
nlohmann::json report_json(const StrategyReport& report);

/// Takes a sample of prepared data, given their path.
using SampleData = std::function<TinyData(const std::string& path)>;

/// `assay-worker --check FILE [--strategy NAME] [--param NAME=VALUE]... [--format text|json|none]
/// [--limit-s N] [--data PREPARED] [--data-name TEXT] [--record FILE | --record-in FOLDER]
/// [--in-process]`, and so `assay check`. `args` are those after --check. The results are added to
/// FILE, or to the file of FOLDER with the hash of the library (task/contract_check.h); TEXT says
/// there what the data are. Returns 0 where all holds, 3 where something does not; with --format
/// none always 0. Throws UserError where the library is refused or the arguments cannot be.
int check_main(std::span<const std::string> args, const SampleData& sample);

}  // namespace assay::conformance
