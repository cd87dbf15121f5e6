#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ope/block.h"
#include "ope/estimators.h"
#include "ope/slot.h"
#include "ope/sums.h"
#include "ope/units.h"

namespace assay::ope {

/// The sums of every slot.
struct SlotSums {
  std::vector<std::pair<Slot, Sums>> slots;

  bool contains(const Slot& slot) const;
  /// InternalError where it is not there.
  const Sums& of(const Slot& slot) const;
};

/// All that one pass over a log showed.
struct LogFacts {
  Present has;
  int64_t rounds = 0;
  int64_t units = 0;  ///< clusters, or rounds
  double centre = 0.0;
  double reward_sum = 0.0, reward_squares = 0.0;  ///< less the centre
  bool model_in_range = true, deterministic = true, uniform = false;
  Overlap overlap;
  SlotSums sums;
};

/// From sums to estimates.
class Finishing {
 public:
  Finishing(std::span<const Choice> choices, const Options& options, LogFacts facts);

  /// What is to be summed by unit: the estimates that have a value, then the log's own mean.
  std::vector<UnitSpec> specs() const;
  /// @param held  whether units can be resampled
  void take(const UnitSums& units, bool held);

  /// Intervals and limits come last.
  Evaluation evaluation();

 private:
  struct Made {
    Estimator estimator = Estimator::ips;
    bool has_value = false;
    UnitSpec spec;
    PolicyEstimate estimate;
    std::vector<std::string> notes;
  };
  Made make(const Choice& choice) const;
  void compute(Made& made, double parameter) const;
  double tuned_parameter(Estimator estimator) const;
  std::string no_value(Estimator estimator) const;
  UnitSpec logged_spec() const;
  void add_bernstein(Made& made) const;
  void complete(Made& made) const;
  stats::Estimate logged() const;

  const Options& options_;
  LogFacts facts_;
  std::vector<Made> made_;
  std::optional<double> logged_error_;
};

}  // namespace assay::ope
