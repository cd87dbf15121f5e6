#pragma once

/// What is checked of the statistics of core/, as text and as claims that hold or do not.

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

namespace assay::statistics {

struct Part {
  std::string text;                   ///< Markdown
  std::vector<std::string> failures;  ///< claims that do not hold
};

/// How often something happened.
struct Count {
  int hits = 0, of = 0;

  void add(bool hit) {
    hits += hit ? 1 : 0;
    ++of;
  }
  double share() const { return of == 0 ? 0 : static_cast<double>(hits) / of; }
  /// Standard error of a share that really is `share`.
  double error(double share) const { return of == 0 ? 1 : std::sqrt(share * (1 - share) / of); }
  std::string percent() const { return of == 0 ? "-" : fmt::format("{:.1f} %", 100 * share()); }
};

/// Estimators of core/ope: bias, error and coverage.
Part off_policy_part(int repetitions);
/// Tests of core/ab and core/stats where there is no difference.
Part aa_part(int repetitions);
/// Interleaving of core/assignment beside an A/B test of as many requests.
Part interleaving_part(int repetitions);

}  // namespace assay::statistics
