#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ope/block.h"
#include "ope/estimators.h"
#include "ope/slot.h"
#include "ope/sums.h"

namespace assay::ope {

/// Numbers the independent units of a log in the order of their first rounds: clusters, or rounds.
class Places {
 public:
  /// The unit of each of the next rounds.
  /// @param cluster  empty where every round is a unit of its own
  std::span<const int64_t> places(std::span<const int32_t> cluster, int rounds);
  int64_t units() const { return units_; }

 private:
  std::unordered_map<int32_t, int64_t> known_;
  std::vector<int64_t> places_;
  int64_t units_ = 0, last_place_ = 0;
  int32_t last_ = -1;
};

/// One estimate whose rounds are to be summed by unit.
struct UnitSpec {
  Slot slot;
  Form form;
  Linearised line;
  Sums sums;  ///< over all rounds
};

/// A bootstrap over units, or why there is none.
struct UnitBootstrap {
  std::optional<stats::Interval> interval;
  std::string reason;
};

/// Sums of the rounds of every unit, of several estimates at once.
class UnitSums {
 public:
  /// @param held  whether what a bootstrap needs is summed too
  UnitSums(std::vector<UnitSpec> specs, int64_t rounds, int64_t units, bool held);

  void add(const Block& block, std::span<const int64_t> places);

  /// Of estimate `spec`, units being independent: sqrt(U / (U - 1) sum of e_u^2) / n, e_u the sum
  /// of the linearised rounds of a unit (Cochran 1977, section 9A.2). At least two units.
  double standard_error(size_t spec) const;
  /// Percentile interval of resampled units; ratios are ratios of resampled sums.
  UnitBootstrap bootstrap(size_t spec, const stats::BootstrapOptions& options, double alpha) const;

 private:
  struct Held {
    std::vector<double> average, numerator, denominator;  ///< a number a unit
  };
  void add_one(size_t spec, const Block& block, std::span<const int64_t> places);

  std::vector<UnitSpec> specs_;
  double rounds_;
  std::vector<std::vector<double>> errors_;  ///< [spec][unit]
  std::vector<Held> held_;
  std::vector<double> counts_;  ///< rounds of each unit
};

}  // namespace assay::ope
