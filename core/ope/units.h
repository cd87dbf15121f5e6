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

/// The place of a round that is a unit by itself, where such rounds have none.
inline constexpr int64_t kAlone = -1;

/// Numbers the independent units of a log in the order of their first rounds: clusters, or rounds.
class Places {
 public:
  /// @param numbers_all  whether rounds that stand alone have a place: in a large log that is what
  ///                     takes the memory
  explicit Places(bool numbers_all) : numbers_all_(numbers_all) {}

  /// The unit of each of the next rounds, or kAlone.
  /// @param cluster  empty where every round is a unit of its own
  std::span<const int64_t> places(std::span<const int32_t> cluster, int rounds);
  int64_t units() const { return units_ + alone_; }
  int64_t numbered() const { return units_; }

 private:
  int64_t unit_of(int32_t id);

  std::vector<int64_t> small_;  // of small ids, as most are: they need no hashing; -1 none
  std::unordered_map<int32_t, int64_t> large_;
  std::vector<int64_t> places_;
  bool numbers_all_;
  int64_t units_ = 0, alone_ = 0, last_place_ = 0;
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
  /// @param numbered  units that have a place; the others are rounds that stand alone
  /// @param held      whether what a bootstrap needs is summed too; all units have a place then
  UnitSums(std::vector<UnitSpec> specs, int64_t rounds, int64_t units, int64_t numbered, bool held);

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
  double rounds_, units_;
  std::vector<std::vector<double>> errors_;  ///< [spec][numbered unit]
  std::vector<double> alone_;                ///< [spec], squares of the errors of the other units
  std::vector<Held> held_;
  std::vector<double> counts_;  ///< rounds of each unit
};

}  // namespace assay::ope
