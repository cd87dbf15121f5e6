#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "report/run_name.h"

namespace assay::report {

/// Something that runs must share to be compared, and do not.
struct Disagreement {
  std::string what;                ///< "ml100k: split.test"
  std::vector<std::string> found;  ///< one a run, "-" where it has none
};

/// The data sets of each run, by their name there, and the first run's name of the same one: the
/// data set prepared alike, else the one called alike, else the only one. Those that some run lacks
/// are left out.
std::vector<std::map<std::string, std::string>> matched_datasets(std::span<const OpenRun> runs);

/// Why the runs cannot be compared request by request; empty: they can. Data (by hash), targets,
/// filter, split, fit windows, requests, masks, slate size, and definitions of metrics must agree;
/// the primary metric too, unless another one is asked for.
std::vector<Disagreement> disagreements(std::span<const OpenRun> runs, bool any_primary);

/// One line each, as "  ml100k: split.test   0.1 (a.sqlite)   0.2 (b.sqlite)".
std::string disagreement_lines(std::span<const OpenRun> runs,
                               std::span<const Disagreement> disagreements);

}  // namespace assay::report
