#pragma once

/// The trials of tunings in the results file. A tuning is known by its key, and by nothing of the
/// run that asked for it: another run goes on where it stands.

#include <optional>
#include <string>
#include <vector>

#include "results/database.h"
#include "results/tuning_rows.h"

namespace assay::results {

class TuningTable {
 public:
  /// The database outlives this.
  explicit TuningTable(const Database& database) : database_(database) {}

  /// By number and rung; none of an unknown key.
  std::vector<TuningTrialRow> trials(const std::string& tuning_key) const;
  /// One transaction; makes the tuning known. A row of that number and rung is replaced.
  void write(const std::string& tuning_key, const std::string& spec,
             const TuningTrialRow& row) const;

  void write(const RunTuningRow& row) const;
  /// By data set, in the order of the file's variants.
  std::vector<RunTuningRow> of_run(int64_t run_id) const;

  /// For what else of this folder writes to a database.
  static const Connection& connection(const Database& database);

 private:
  const Database& database_;
};

/// The mean of one column of values of a part, over requests that have one.
struct PartMean {
  std::optional<double> value;
  int64_t requests = 0;
};
/// Of the trial's last stage, `served`. Throws UserError where the file is no part of this version,
/// or has no such values.
PartMean part_mean(const std::string& part_path, const std::string& trial_key,
                   const std::string& definition, int64_t cutoff);

}  // namespace assay::results
