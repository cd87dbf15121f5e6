#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace assay::stats {

/// A closed interval on the scale of the estimate it belongs to; low <= high.
struct Interval {
  double low = 0.0;
  double high = 0.0;

  bool holds(double x) const { return low <= x && x <= high; }
  bool inside(double from, double to) const { return from <= low && high <= to; }
};

/// One number of one sample, with everything a reader needs beside it.
///
/// No field is ever NaN or infinite. Where a number cannot be given it is absent, and `reason`
/// says why in words fit for a report; a number that is there may still carry a reason for an
/// absent interval ("a single value shows no spread").
struct Estimate {
  std::optional<double> value;
  std::optional<Interval> interval;  ///< two-sided, level 1 - alpha
  int64_t n = 0;                     ///< values used
  int64_t excluded = 0;              ///< values left out: NaN, which stands for "no data"
  double alpha = 0.05;
  std::string method;  ///< how the interval was made, as it is printed
  std::string reason;  ///< why something above is absent or degenerate; empty otherwise
};

/// A difference, always "variant minus baseline" (B - A), with its test of "no difference".
/// The promises of Estimate hold here too.
struct Difference {
  std::optional<double> value;
  std::optional<Interval> interval;      ///< two-sided, level 1 - alpha
  std::optional<double> p;               ///< two-sided unless `method` says otherwise
  std::optional<double> standard_error;  ///< of `value`
  std::optional<double> degrees_of_freedom;
  int64_t n = 0;         ///< pairs used, or values of both samples together
  int64_t excluded = 0;  ///< pairs (values) left out because of NaN
  double alpha = 0.05;
  std::string method;
  std::string reason;
};

}  // namespace assay::stats
