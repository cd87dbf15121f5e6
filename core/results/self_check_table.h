#pragma once

/// What the harness found when it checked itself, in the results file.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/database.h"
#include "results/reader.h"
#include "task/names.h"

namespace assay::results {

struct SelfCheckRow {
  enum class Result { holds, fails, not_applicable };

  std::string prepared_hash;
  std::string definition;
  int cutoff = 0;
  std::string check;  ///< ideal, chance, itself, twice, different
  Result result = Result::holds;
  std::optional<double> found, expected, tolerance;
  int64_t requests = 0;  ///< that were looked at
  std::string detail;    ///< what fails, or why it does not apply
  std::string dataset;   ///< of the run; not written
};

/// Of a run, by data set, fold, metric and cutoff, those of one metric in the order of the checks.
/// Empty where it was made by a version that did not check itself.
std::vector<SelfCheckRow> self_checks(const Reader& reader, int64_t run_id);

/// What earlier runs of the file found of the same data and metrics, with the same version and build
/// of assay, holds for this one too: it is copied where the run has nothing of its own.
void inherit_self_checks(const Database& database, int64_t run_id);

}  // namespace assay::results

template <>
struct assay::task::Names<assay::results::SelfCheckRow::Result> {
  using Result = results::SelfCheckRow::Result;
  static constexpr std::string_view what = "result of a self-check";
  static constexpr std::array table{Name{Result::holds, "holds"}, Name{Result::fails, "fails"},
                                    Name{Result::not_applicable, "not applicable"}};
};
