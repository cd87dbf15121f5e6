#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "analysis/column.h"
#include "results/analysis_rows.h"

namespace assay::analysis {

/// Whether a column of values belongs to the run that is analysed.
using WantedColumn = std::function<bool(const results::StageMetric&)>;

/// The line of one column, of values that come a range at a time: mean over requests of the
/// values averaged over seeds, Student's t interval over requests (over users, where users ask
/// several times), sd over seeds. A request counts where every seed has data for it.
class Summarising {
 public:
  /// @param order  of users, as GroupUsers has it
  /// @param hold   up to so many values are held
  Summarising(size_t seeds, stats::ClusterOrder order, int64_t hold = stats::kHeldUpTo);

  /// @param users  of the same requests, or none
  void add(const SeedValues& by_seed, std::span<const int32_t> users);
  /// How many came.
  int64_t requests() const { return requests_; }
  results::SummaryRow row(const TrialGroup& group, const results::StageMetric& at,
                          double alpha) const;

 private:
  int64_t requests_ = 0, counted_ = 0;
  stats::Gathering values_, by_user_;
  bool clustered_ = false;
  std::vector<double> sums_;  ///< by seed, over the requests that count
};

/// The lines of every complete group and wanted column, in the order of groups and columns.
std::vector<results::SummaryRow> summarise_all(const RunSamples& samples,
                                               const WantedColumn& wanted, double alpha);

}  // namespace assay::analysis
